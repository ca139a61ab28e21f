"""What feeds of several kinds are worth: every metric, with intervals, and user by user against each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jophiel.models import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jophiel.models.log import Log
    from jophiel.models.metrics import Accuracy, Interval
    from jophiel.models.scorer import Catalogue

    Feeds = dict[int, list[int]]

# From how many events on: under 5 is what the engine calls cold.
_HISTORIES = ((1, "1 to 4"), (5, "5 to 19"), (20, "20 and more"))
_JUDGED = "hybrid"


@dataclass(frozen=True, slots=True)
class Quality:
    """The metrics of one kind of feeds; `by_history` by how many events users had, `cold_items` of unseen items.

    `by_history` has `users` and, where there are any, the intervals `ndcg`, `recall`, `hit_rate` and `mrr`.
    """

    ndcg: Interval
    recall: Interval
    hit_rate: Interval
    mrr: Interval
    coverage: float
    novelty: float
    diversity: float
    gini: float
    by_history: dict[str, dict[str, Any]]
    cold_items: dict[str, float]
    without_feed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the hybrid is better, user by user, and what follows from the intervals."""

    ndcg: Interval
    recall: Interval

    @property
    def verdict(self) -> str:
        """Return better or worse (by one metric, and not the other way by the other), mixed, or no difference."""
        found = (self.ndcg, self.recall)
        gains, loses = any(metric.low > 0 for metric in found), any(metric.high < 0 for metric in found)
        if gains and loses:
            return "mixed"
        return "better" if gains else "worse" if loses else "no difference"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an evaluation found. `qualities` by the name of the feeds; `differences`: of the hybrid to each other."""

    users: int
    train_events: int
    items: int
    qualities: dict[str, Quality]
    differences: dict[str, Difference]
    split: str = ""
    model: str = ""
    test_events: int = 0

    @property
    def worse_than(self) -> list[str]:
        """Return the names of the feeds that are better than the hybrid."""
        return [name for name, difference in self.differences.items() if difference.verdict == "worse"]

    def document(self) -> dict[str, Any]:
        """Return all of it as plain values, the verdicts too."""
        document = {**asdict(self), "worse_than": self.worse_than}
        for name, difference in self.differences.items():
            document["differences"][name]["verdict"] = difference.verdict
        return document


def judge(
    feeds: Mapping[str, Feeds], truth: Mapping[int, Sequence[int]], train: Log, catalogue: Catalogue, *, seed: int
) -> Judgement:
    """Compare feeds with what users did afterwards, and the hybrid ones with the others."""
    found = {name: metrics.accuracy(lists, truth) for name, lists in feeds.items()}
    qualities = {
        name: _quality(lists, found[name], truth, train, catalogue, seed=seed) for name, lists in feeds.items()
    }
    ours = found[_JUDGED]
    differences = {
        name: Difference(
            metrics.interval(ours.ndcg - theirs.ndcg, seed=seed),
            metrics.interval(ours.recall - theirs.recall, seed=seed),
        )
        for name, theirs in found.items()
        if name != _JUDGED
    }
    return Judgement(
        users=len(truth),
        train_events=len(train),
        items=len(catalogue.item_ids),
        qualities=qualities,
        differences=differences,
    )


def _quality(
    feeds: Feeds,
    found: Accuracy,
    truth: Mapping[int, Sequence[int]],
    train: Log,
    catalogue: Catalogue,
    *,
    seed: int,
) -> Quality:
    ids, counts = np.unique(train.item_ids, return_counts=True)
    known = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    users, lengths = np.unique(train.user_ids, return_counts=True)
    length = lengths[np.minimum(np.searchsorted(users, found.user_ids), len(users) - 1)]
    steps = [start for start, _ in _HISTORIES]
    bucket = np.searchsorted(steps, length, side="right") - 1
    cold = {user: [item for item in wanted if item not in known] for user, wanted in truth.items()}
    cold = {user: wanted for user, wanted in cold.items() if wanted}
    return Quality(
        ndcg=metrics.interval(found.ndcg, seed=seed),
        recall=metrics.interval(found.recall, seed=seed),
        hit_rate=metrics.interval(found.hit_rate, seed=seed),
        mrr=metrics.interval(found.mrr, seed=seed),
        coverage=metrics.coverage(feeds, len(catalogue.item_ids)),
        novelty=metrics.novelty(feeds, known, len(users)),
        diversity=metrics.diversity(
            feeds, {item: place for place, item in enumerate(catalogue.item_ids.tolist())}, catalogue.content
        ),
        gini=metrics.gini(feeds, len(catalogue.item_ids)),
        by_history={
            name: {"users": int((bucket == place).sum()), **metrics.intervals(found, bucket == place, seed=seed)}
            for place, (_, name) in enumerate(_HISTORIES)
        },
        cold_items={"users": len(cold), **metrics.accuracy(feeds, cold).means()},
        without_feed=sum(not feeds.get(user) for user in truth),
    )
