"""Which models, and which weights of the score: chosen by what a held-out part of the log says of them.

For each user only the best of every component are looked at, so that hundreds of blends cost no more than the
components did. The blends are compared by NDCG@10 and half of recall@20, which is about twice as large.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from jophiel.models import metrics, scorer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from jophiel.models.log import Log
    from jophiel.models.model import Model
    from jophiel.models.scorer import Catalogue, Engine

    # Of each kind of component which one, and how much of it.
    Blend = dict[str, tuple[str, float]]

HALF_LIVES = (1.0, 2.0, 3.0, 7.0, 14.0, 30.0, 90.0, 3650.0)
KINDS = ("popularity", "neighbours", "collaborative", "similarity")
_AMOUNTS = (0.0, 0.03, 0.06, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0)
_ROUNDS = 3
_USERS = 2000
_FEWEST_USERS = 200
# Users times items at most.
_NUMBERS = 22_000_000
_DEEP = 100
_CHUNK_NUMBERS = 4_000_000
# A blend whose loss is not significant (so many standard errors), and no more than this share, may be chosen for
# showing more of the catalogue (after the one-standard-error rule of Breiman et al., "CART", 1984).
_ERRORS = 2.0
_NEGLIGIBLE = 0.025
_FEWER = (1.0, 0.7, 0.5, 0.35, 0.25)
_GREATEST_WEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How good a blend is on the held-out part: means over its users, and the share of the catalogue shown.

    `values`: of each user, what blends are compared by; `value`: their mean.
    """

    ndcg: float
    recall: float
    coverage: float
    value: float
    values: NDArray[np.float32]


@dataclass(slots=True)
class Table:
    """Users' candidates with all components: rows are users, columns candidates (-1: none)."""

    user_ids: NDArray[np.int64]
    items: NDArray[np.int64]
    relevant: NDArray[np.bool_]
    positives: NDArray[np.int64]
    values: dict[str, NDArray[np.float32]]
    coldness: NDArray[np.float64]
    catalogue_size: int
    cold_popularity: float
    # What a component's best is for most users: blends are amounts of components of size 1.
    sizes: dict[str, float] = field(default_factory=dict)
    known: dict[tuple[tuple[str, str, float], ...], Outcome] = field(default_factory=dict)


def candidates(
    train: Log, test: Log, catalogue: Catalogue, models: Mapping[str, Model], engine: Engine, *, seed: int
) -> Table:
    """Compute the components of a sample of the test's users: content, popularity by half-life, and each model's."""
    truth: dict[int, list[int]] = {}
    places = catalogue.places(test.item_ids)
    for user, place in zip(test.user_ids.tolist(), places.tolist(), strict=True):
        truth.setdefault(user, []).append(place)
    users = np.array(sorted(truth), dtype=np.int64)
    most = min(_USERS, max(_FEWEST_USERS, _NUMBERS // max(1, len(catalogue.item_ids))))
    if len(users) > most:
        users = np.sort(np.random.default_rng(seed).choice(users, most, replace=False))
    popular = {
        f"popularity {days:g}": scorer.popularity(train, catalogue, days).astype(np.float32) for days in HALF_LIVES
    }
    parts = [
        _chunk(scorer.histories(train, catalogue, chunk, engine), catalogue, models, popular, truth)
        for chunk in _chunks(users, len(catalogue.item_ids), 3 + len(models))
    ]
    for part in parts:
        part.positives = np.array([len(truth[user]) for user in part.user_ids.tolist()], dtype=np.int64)
        part.catalogue_size, part.cold_popularity = len(catalogue.item_ids), engine.cold_popularity
    return joined(parts)


def search(table: Table) -> tuple[Blend, Outcome]:
    """Return the best blend and how good it is: coordinate by coordinate, from the best two single components.

    The table has a user at least.
    """
    names = {kind: [name for name in table.sizes if name.split()[0] == kind] for kind in KINDS}
    starts = sorted(
        ({kind: (name, 1.0)} for kind, found in names.items() for name in found),
        key=lambda blend: -outcome(table, blend).value,
    )
    best_of_kind: dict[str, Blend] = {}
    for blend in starts:
        best_of_kind.setdefault(next(iter(blend)), blend)
    found = [_climbed(table, blend, names) for blend in list(best_of_kind.values())[:2]]
    for blend in found:
        _spread(table, blend, names)
    best = max(table.known.values(), key=lambda result: result.value)
    chosen = max(
        (key for key, result in table.known.items() if _is_as_good(result, best)),
        key=lambda key: (table.known[key].coverage, table.known[key].value, key),
    )
    return {kind: (name, amount) for kind, name, amount in chosen}, table.known[chosen]


def _is_as_good(result: Outcome, best: Outcome) -> bool:
    loss = best.values - result.values
    error = float(loss.std(dtype=np.float64)) / np.sqrt(len(loss))
    return bool(best.value - result.value <= min(_ERRORS * error, _NEGLIGIBLE * best.value))


def _spread(table: Table, blend: Blend, names: Mapping[str, Sequence[str]]) -> None:
    """Look at a blend with less popularity and other neighbours: what shows more of the catalogue."""
    if "popularity" not in blend:
        return
    name, amount = blend["popularity"]
    for fewer in _FEWER:
        with_fewer = {**blend, "popularity": (name, amount * fewer)}
        outcome(table, with_fewer)
        for other in names["neighbours"]:
            for more in (0.12, 0.25):
                outcome(table, {**with_fewer, "neighbours": (other, amount * more)})


def weights(table: Table, blend: Blend) -> dict[str, float]:
    """Return a blend as weights of a scoring policy, and what popularity is to be."""
    greatest = max((amount for _, amount in blend.values()), default=1.0)
    found = dict.fromkeys(KINDS, 0.0)
    for kind, (name, amount) in blend.items():
        found[kind] = float(f"{min(_GREATEST_WEIGHT, amount / greatest / table.sizes[name]):.3g}")
    found["popularity_exponent"] = 1.0
    popular = blend["popularity"][0] if "popularity" in blend else best_popularity(table)
    if popular:
        found["popularity_half_life_days"] = float(popular.split()[1])
    return found


def best_popularity(table: Table) -> str | None:
    """Return the popularity that says most by itself: what new users are shown."""
    names = [name for name in table.sizes if name.startswith("popularity ")]
    return max(names, key=lambda name: outcome(table, {"popularity": (name, 1.0)}).value, default=None)


def outcome(table: Table, blend: Blend) -> Outcome:
    """Return how good a blend is; each is computed once."""
    key = tuple(sorted((kind, name, amount) for kind, (name, amount) in blend.items() if amount > 0))
    if key not in table.known:
        table.known[key] = _outcome(table, key)
    return table.known[key]


def _outcome(table: Table, key: Sequence[tuple[str, str, float]]) -> Outcome:
    total = np.where(table.items < 0, np.float32(-np.inf), np.float32(0))
    for _, name, amount in key:
        total = total + np.float32(amount / table.sizes[name]) * table.values[name]
    popular = next((name for kind, name, _ in key if kind == "popularity"), None) or best_popularity(table)
    if popular:
        # What the engine adds for who has done little yet, on the scale that the blend's greatest amount is 1.
        greatest = max((amount for _, _, amount in key), default=1.0)
        extra = (greatest * table.cold_popularity * table.coldness).astype(np.float32)
        total = total + extra[:, None] * table.values[popular]
    count = min(metrics.LIST, total.shape[1])
    top = np.argpartition(-total, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(total, top, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(top, order, axis=1)
    hits = np.take_along_axis(table.relevant, top, axis=1)
    discounts = 1 / np.log2(np.arange(2, metrics.NDCG_AT + 2))
    ideal = np.cumsum(discounts)[np.minimum(table.positives, metrics.NDCG_AT) - 1]
    gained = hits[:, : metrics.NDCG_AT] @ discounts[: hits[:, : metrics.NDCG_AT].shape[1]]
    ndcg, recall = gained / ideal, hits.sum(axis=1) / table.positives
    shown = np.unique(np.take_along_axis(table.items, top, axis=1))
    values = (ndcg + recall / 2).astype(np.float32)
    return Outcome(
        float(ndcg.mean()),
        float(recall.mean()),
        int((shown >= 0).sum()) / max(1, table.catalogue_size),
        float(values.mean(dtype=np.float64)),
        values,
    )


def _climbed(table: Table, blend: Blend, names: Mapping[str, Sequence[str]]) -> Blend:
    """Change one component at a time for as long as that helps."""
    best, value = blend, outcome(table, blend).value
    for _ in range(_ROUNDS):
        before = value
        for kind in KINDS:
            for name in names[kind]:
                for amount in _AMOUNTS:
                    tried = {**best, kind: (name, amount)}
                    if not any(found for _, found in tried.values()):
                        continue
                    if outcome(table, tried).value > value:
                        best, value = tried, outcome(table, tried).value
        if value <= before:
            break
    return best


def _chunks(users: NDArray[np.int64], items: int, components: int) -> list[NDArray[np.int64]]:
    step = max(1, _CHUNK_NUMBERS // max(1, items * components))
    return [users[first : first + step] for first in range(0, len(users), step)]


def _chunk(
    users: scorer.Histories,
    catalogue: Catalogue,
    models: Mapping[str, Model],
    popular: Mapping[str, NDArray[np.float32]],
    truth: Mapping[int, list[int]],
) -> Table:
    """Return the table of some users: all components of whatever is among the best of one of them."""
    personal = {"similarity": scorer.similarity(users, catalogue)}
    for name, model in models.items():
        if model.out_vectors is not None:
            personal[f"collaborative {name}"] = scorer.collaborative(users, catalogue, model)
        if model.neighbours is not None:
            personal[f"neighbours {name}"] = scorer.neighbours(users, catalogue, model)
    seen = users.seen.toarray() > 0
    deep = min(_DEEP, len(catalogue.item_ids))
    chosen = np.zeros(seen.shape, dtype=bool)
    for values in personal.values():
        masked = np.where(seen, -np.inf, values)
        np.put_along_axis(chosen, np.argpartition(-masked, deep - 1, axis=1)[:, :deep], values=True, axis=1)
    for values in popular.values():
        # Deeper by what a user may have seen of them.
        chosen[:, np.argsort(-values, kind="stable")[: deep + metrics.LIST]] = True
    chosen &= ~seen
    width = int(chosen.sum(axis=1).max(initial=1))
    items = np.full((len(chosen), width), -1, dtype=np.int64)
    found: dict[str, NDArray[np.float32]] = {
        name: np.zeros((len(chosen), width), dtype=np.float32) for name in (*personal, *popular)
    }
    relevant = np.zeros((len(chosen), width), dtype=bool)
    for row, user in enumerate(users.user_ids.tolist()):
        places = np.flatnonzero(chosen[row])
        items[row, : len(places)] = places
        relevant[row, : len(places)] = np.isin(places, truth[user])
        for name, values in personal.items():
            found[name][row, : len(places)] = values[row, places]
        for name, values in popular.items():
            found[name][row, : len(places)] = values[places]
    return Table(users.user_ids, items, relevant, np.empty(0, dtype=np.int64), found, users.coldness, 0, 0.0)


def _component(name: str, part: Table) -> NDArray[np.float32]:
    return part.values[name]


def joined(parts: Sequence[Table]) -> Table:
    """Return the tables of several users, or of several held-out parts, as one. There is one at least."""
    width = max(part.items.shape[1] for part in parts)

    def padded(pick: Callable[[Table], NDArray[Any]], filler: int) -> NDArray[Any]:
        return np.concatenate(
            [np.pad(a, ((0, 0), (0, width - a.shape[1])), constant_values=filler) for a in map(pick, parts)]
        )

    table = Table(
        np.concatenate([part.user_ids for part in parts]),
        padded(lambda part: part.items, -1),
        padded(lambda part: part.relevant, 0),
        np.concatenate([part.positives for part in parts]),
        {name: padded(partial(_component, name), 0) for name in parts[0].values},
        np.concatenate([part.coldness for part in parts]),
        parts[0].catalogue_size,
        parts[0].cold_popularity,
    )
    for name, values in table.values.items():
        size = float(np.quantile(values.max(axis=1, initial=0), 0.9)) if values.size else 0.0
        if size > 0:
            table.sizes[name] = size
    return table
