"""What feeds are worth, by an example."""

from __future__ import annotations

import json

import numpy as np
import pytest

from jophiel.models import judgement
from jophiel.models.judgement import Difference
from jophiel.models.log import Log
from jophiel.models.metrics import Interval
from jophiel.models.scorer import Catalogue


def test_hybrid_feeds_against_others() -> None:
    # Users 0 to 9 had one event, 10 to 19 six; items 6 to 9 are new to everybody.
    rows = [(user, item) for user in range(20) for item in range(1 if user < 10 else 6)]
    users, items = np.array(rows).T
    train = Log(users, items, np.ones(len(rows), dtype=np.float32), np.zeros(len(rows)))
    catalogue = Catalogue(np.arange(10), np.eye(10, dtype=np.float32))
    truth = {user: [7, 9] for user in range(20)}
    feeds = {
        "hybrid": {user: [7, 8, 9] if user < 10 else [8, 7] for user in range(20)},
        "popularity": {user: [8, 6] for user in range(19)},
        "content": {user: [7, 9] for user in range(20)},
    }

    found = judgement.judge(feeds, truth, train, catalogue, seed=1)

    assert (found.users, found.train_events, found.items) == (20, 70, 10)
    hybrid = found.qualities["hybrid"]
    assert hybrid.recall.mean == 0.75
    assert hybrid.by_history["1 to 4"]["recall"] == Interval(1, 1, 1)
    longer = hybrid.by_history["5 to 19"]
    assert longer["users"] == 10
    assert {name: longer[name].mean for name in ("recall", "hit_rate", "mrr", "ndcg")} == {
        "recall": 0.5, "hit_rate": 1, "mrr": 0.5,
        "ndcg": pytest.approx(1 / np.log2(3) / (1 + 1 / np.log2(3))),
    }  # fmt: skip
    assert hybrid.by_history["20 and more"] == {"users": 0}
    assert hybrid.cold_items["users"] == 20
    assert hybrid.cold_items["recall"] == 0.75
    assert hybrid.coverage == 0.3
    assert hybrid.diversity == 1
    assert hybrid.without_feed == 0
    assert found.qualities["popularity"].without_feed == 1
    assert found.differences["popularity"].verdict == "better"
    assert found.differences["content"].verdict == "worse"
    assert found.worse_than == ["content"]
    assert found == judgement.judge(feeds, truth, train, catalogue, seed=1)


@pytest.mark.parametrize(
    ("ndcg", "recall", "verdict"),
    [
        ((-1, 1), (-1, 1), "no difference"),
        ((0.1, 1), (-1, 1), "better"),
        ((-1, 1), (0.1, 1), "better"),
        ((0.1, 1), (-1, -0.1), "mixed"),
        ((-1, -0.1), (0.1, 1), "mixed"),
        ((-1, 1), (-1, -0.1), "worse"),
        ((-1, -0.1), (-1, 1), "worse"),
    ],
)
def test_verdicts(ndcg: tuple[float, float], recall: tuple[float, float], verdict: str) -> None:
    assert Difference(Interval(0, *ndcg), Interval(0, *recall)).verdict == verdict


def test_the_document_is_plain_and_has_the_verdicts() -> None:
    zero = Interval(0.0, 0.0, 0.0)
    better = judgement.Difference(Interval(0.1, 0.05, 0.2), zero)
    found = judgement.Judgement(1, 2, 3, {}, {"popularity": better}, split="temporal", model="svd")
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert document["differences"]["popularity"]["verdict"] == "better"
    assert document["differences"]["popularity"]["ndcg"] == {"mean": 0.1, "low": 0.05, "high": 0.2}
    assert (document["split"], document["users"]) == ("temporal", 1)
