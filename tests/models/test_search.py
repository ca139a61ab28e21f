"""The search for weights: on planted components, and what it gives as a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from jophiel.models import scorer, search, splits
from jophiel.models.algorithms import fit
from jophiel.models.log import DAY, Log
from jophiel.models.search import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jophiel.models.search import Blend

USERS, CANDIDATES = 300, 60


def table(**components: NDArray[Any]) -> Table:
    """Users of whom each has one relevant candidate, the first; components as given."""
    relevant = np.zeros((USERS, CANDIDATES), dtype=bool)
    relevant[:, 0] = True
    values = {name.replace("_", " "): found.astype(np.float32) for name, found in components.items()}
    return Table(
        np.arange(USERS),
        np.tile(np.arange(CANDIDATES), (USERS, 1)),
        relevant,
        np.ones(USERS, dtype=np.int64),
        values,
        np.zeros(USERS),
        CANDIDATES,
        0.3,
        {name: float(np.quantile(found.max(axis=1), 0.9)) for name, found in values.items()},
    )


def noise(seed: int, signal: float) -> NDArray[Any]:
    found = np.random.default_rng(seed).normal(size=(USERS, CANDIDATES))
    found[:, 0] += signal
    return found


def test_two_weak_components_are_blended_and_noise_is_left_out() -> None:
    found = table(similarity=noise(1, 2), neighbours_ease=noise(2, 2), collaborative_svd=noise(3, 0))

    blend, outcome = search.search(found)

    alone = max(search.outcome(found, {name.split()[0]: (name, 1.0)}).value for name in found.sizes)
    assert outcome.value > alone * 1.2
    assert {"similarity", "neighbours"} <= set(blend)
    assert blend.get("collaborative", ("", 0.0))[1] <= 0.25 * blend["similarity"][1]
    assert search.search(table(**{k.replace(" ", "_"): v for k, v in found.values.items()}))[0] == blend


def test_an_outcome_of_an_example() -> None:
    # The relevant candidate is in place 3 for everybody.
    values = np.tile(-np.arange(CANDIDATES, dtype=np.float64), (USERS, 1))
    values[:, 0] = -2.5
    found = search.outcome(table(similarity=values + 100), {"similarity": ("similarity", 1.0)})

    assert found.ndcg == pytest.approx(1 / np.log2(4))
    assert found.recall == 1
    assert found.value == pytest.approx(1 / np.log2(4) + 0.5)
    assert found.coverage == 20 / CANDIDATES


def test_what_is_as_good_may_show_more() -> None:
    best = search.Outcome(0.1, 0.2, 0.1, 0.2, np.array([0.1, 0.3] * 50, dtype=np.float32))

    def loses(share: float, spread: float) -> bool:
        values = best.values - np.float32(0.2 * share) + np.float32(spread) * np.array([-1, 1] * 50, dtype=np.float32)
        return search._is_as_good(search.Outcome(0.1, 0.2, 0.3, float(values.mean()), values), best)

    # Within two standard errors of the differences, and no more than 2.5 %.
    assert loses(0.02, 0.1)
    assert not loses(0.02, 0.001)
    assert not loses(0.03, 0.1)


def test_a_blend_as_weights_of_a_policy() -> None:
    found = table(similarity=noise(1, 1), popularity_7=noise(2, 1))
    found.sizes = {"similarity": 0.5, "popularity 7": 1.0}
    blend: Blend = {"similarity": ("similarity", 0.5), "popularity": ("popularity 7", 2.0)}

    assert search.weights(found, blend) == {
        "popularity": 1.0,
        "neighbours": 0.0,
        "collaborative": 0.0,
        "similarity": 0.5,
        "popularity_exponent": 1.0,
        "popularity_half_life_days": 7.0,
    }


def planted(seed: int) -> tuple[Log, scorer.Catalogue]:
    """Users who choose from one of six groups of items, and contents that tell the groups for half of the items."""
    draw = np.random.default_rng(seed)
    rows = [
        (user, user % 6 + 6 * int(item), draw.uniform(0, 100))
        for user in range(200)
        for item in draw.choice(30, 12, replace=False)
    ]
    users, items, days = (np.array(column) for column in zip(*rows, strict=True))
    content = np.zeros((180, 7), dtype=np.float32)
    for item in range(180):
        content[item, item % 6 if item < 90 else 6] = 1
    log = Log(users, items, np.ones(len(rows), dtype=np.float32), days * DAY)
    return log, scorer.Catalogue(np.arange(180), content)


def test_components_of_real_models() -> None:
    log, catalogue = planted(5)
    train, test = splits.hold_out(log)
    models = {"svd 0": fit("svd", train, dimensions=6), "neighbours 0": fit("neighbours", train, dimensions=6)}

    found = search.candidates(train, test, catalogue, models, scorer.Engine(), seed=0)
    blend, outcome = search.search(found)

    assert set(found.sizes) >= {"similarity", "collaborative svd 0", "neighbours neighbours 0", "popularity 7"}
    assert {"collaborative", "neighbours"} & set(blend)
    assert outcome.value >= 0.95 * max(
        search.outcome(found, {name.split()[0]: (name, 1.0)}).value for name in found.sizes
    )
    # What a user has seen is no candidate.
    seen = set(zip(train.user_ids.tolist(), train.item_ids.tolist(), strict=True))
    users = sorted(set(test.user_ids.tolist()))
    assert not seen & {(user, item) for user, row in zip(users, found.items.tolist(), strict=True) for item in row}
