"""How good lists of recommendations are. All of them are averages over all users of the test; no list counts 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import scipy.sparse
    from numpy.typing import NDArray

NDCG_AT = 10
LIST = 20
_RESAMPLES = 1000
_DISCOUNTS = 1 / np.log2(np.arange(2, LIST + 2))


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of each user of the test, in the order of `user_ids`: NDCG@10, recall@20, hit rate@10 and MRR@20."""

    user_ids: NDArray[np.int64]
    ndcg: NDArray[np.float64]
    recall: NDArray[np.float64]
    hit_rate: NDArray[np.float64]
    mrr: NDArray[np.float64]

    def means(self, chosen: NDArray[np.bool_] | slice = slice(None)) -> dict[str, float]:
        """Return the averages, of the chosen users or of all; nothing where there are none."""
        if not len(self.user_ids[chosen]):
            return {}
        return {name: float(np.mean(getattr(self, name)[chosen])) for name in ("ndcg", "recall", "hit_rate", "mrr")}


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and between what it lies with a probability of 95 %."""

    mean: float
    low: float
    high: float


def accuracy(feeds: Mapping[int, Sequence[int]], truth: Mapping[int, Sequence[int]]) -> Accuracy:
    """Compare lists with what users chose later. Binary relevance; the ideal list has min(10, positives) hits."""
    users = sorted(truth)
    rows = np.zeros((len(users), 4))
    for row, user in enumerate(users):
        wanted = set(truth[user])
        hits = np.array([item in wanted for item in list(feeds.get(user, ()))[:LIST]], dtype=bool)
        places = np.flatnonzero(hits)
        if not len(places):
            continue
        ideal = _DISCOUNTS[: min(NDCG_AT, len(wanted))].sum()
        rows[row] = (
            _DISCOUNTS[places[places < NDCG_AT]].sum() / ideal,
            len(places) / len(wanted),
            float(places[0] < NDCG_AT),
            1 / (places[0] + 1),
        )
    return Accuracy(np.array(users, dtype=np.int64), *rows.T)


def intervals(found: Accuracy, chosen: NDArray[np.bool_], *, seed: int = 0) -> dict[str, Interval]:
    """Return the averages of the chosen users with their intervals; nothing where there are none."""
    if not chosen.any():
        return {}
    return {name: interval(getattr(found, name)[chosen], seed=seed) for name in ("ndcg", "recall", "hit_rate", "mrr")}


def interval(values: NDArray[np.float64], *, seed: int = 0) -> Interval:
    """Return the mean of a number of each user with its bootstrap interval (percentiles of resampled users).

    Of the difference of two systems user by user it is the paired interval: what differs if it does not hold 0.
    """
    if not len(values):
        return Interval(0.0, 0.0, 0.0)
    generator = np.random.default_rng(seed)
    means = np.array([values[generator.integers(0, len(values), len(values))].mean() for _ in range(_RESAMPLES)])
    low, high = np.percentile(means, (2.5, 97.5))
    return Interval(float(values.mean()), float(low), float(high))


def coverage(feeds: Mapping[int, Sequence[int]], items: int) -> float:
    """Return the share of the catalogue that is in anybody's first 20."""
    return len({item for feed in feeds.values() for item in feed[:LIST]}) / items if items else 0.0


def gini(feeds: Mapping[int, Sequence[int]], items: int) -> float:
    """Return how unequally the first 20 places are shared among the catalogue: 0 evenly, 1 all to one item."""
    shown: dict[int, int] = {}
    for feed in feeds.values():
        for item in feed[:LIST]:
            shown[item] = shown.get(item, 0) + 1
    total = sum(shown.values())
    if items <= 1 or not total:
        return 0.0
    # The items that nobody is shown come first and add nothing.
    counts = np.sort(np.array(list(shown.values()), dtype=np.float64))
    ranks = np.arange(items - len(counts) + 1, items + 1)
    return float(((2 * ranks - items - 1) * counts).sum() / (total * (items - 1)))


def novelty(feeds: Mapping[int, Sequence[int]], chosen_by: Mapping[int, int], users: int) -> float:
    """Return the mean self-information, in bits, of what is recommended: -log2 of the share of users who chose it.

    What nobody chose counts as if half a user had.
    """
    bits = [
        -np.log2(max(chosen_by.get(item, 0), 0.5) / max(users, 1)) for feed in feeds.values() for item in feed[:LIST]
    ]
    return float(np.mean(bits)) if bits else 0.0


def diversity(
    feeds: Mapping[int, Sequence[int]], places: Mapping[int, int], content: scipy.sparse.csr_array | NDArray[np.float32]
) -> float:
    """Return the mean over users of 1 - the mean cosine of the contents of two items of their first 20.

    `content`: rows of unit length (or zero), that of an item at `places[item]`.
    """
    values = []
    for feed in feeds.values():
        rows = [places[item] for item in feed[:LIST] if item in places]
        if len(rows) <= 1:
            continue
        part = content[rows]
        total = np.asarray(part.sum(axis=0)).ravel()
        squares = np.asarray(part.multiply(part).sum() if hasattr(part, "multiply") else (part * part).sum())
        values.append(1 - float(total @ total - squares) / (len(rows) * (len(rows) - 1)))
    return float(np.mean(values)) if values else 0.0
