"""Metrics against examples computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from jophiel.models import metrics

LOG2_3 = np.log2(3)


def test_accuracy_of_an_example() -> None:
    # User 1 likes 5 and 6 of [9, 5, 6]: places 2 and 3. User 2 likes 7, in place 12. User 3 has no list.
    found = metrics.accuracy({1: [9, 5, 6], 2: [*range(100, 111), 7]}, {1: [5, 6], 2: [7], 3: [1]})

    assert found.user_ids.tolist() == [1, 2, 3]
    assert found.ndcg == pytest.approx([(1 / LOG2_3 + 1 / 2) / (1 + 1 / LOG2_3), 0, 0])
    assert found.recall.tolist() == [1, 1, 0]
    assert found.hit_rate.tolist() == [1, 0, 0]
    assert found.mrr == pytest.approx([1 / 2, 1 / 12, 0])
    assert found.means()["recall"] == pytest.approx(2 / 3)
    assert found.means(np.array([False, False, True])) == {"ndcg": 0, "recall": 0, "hit_rate": 0, "mrr": 0}
    assert found.means(np.array([False, False, False])) == {}


def test_ideal_lists_have_ten_hits_at_most() -> None:
    found = metrics.accuracy({1: list(range(30))}, {1: list(range(30))})

    assert found.ndcg.tolist() == [1]
    assert found.recall == pytest.approx([20 / 30])


def test_intervals_hold_the_mean_and_are_the_same_for_the_same_seed() -> None:
    values = np.arange(200) % 5 / 4

    found = metrics.interval(values, seed=3)

    assert found == metrics.interval(values, seed=3)
    assert found.low < found.mean == values.mean() < found.high
    # 1.96 standard errors to each side, which is what a bootstrap of a mean comes to.
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(200), rel=0.1)
    assert metrics.interval(np.array([])) == metrics.Interval(0, 0, 0)


def test_coverage_and_gini_of_an_example() -> None:
    assert metrics.coverage({1: [1, 2], 2: [2, 3]}, 6) == 0.5
    assert metrics.coverage({}, 0) == 0
    assert metrics.gini({1: [1, 2], 2: [3, 4]}, 4) == 0
    assert metrics.gini({1: [1], 2: [1]}, 4) == 1
    # Shares 0, 0, 1, 3 of four: sum((2i - 5) x) / (4 * 3) = (1 * 1 + 3 * 3) / 12.
    assert metrics.gini({1: [1], 2: [1], 3: [1], 4: [2]}, 4) == pytest.approx(10 / 12)
    assert metrics.gini({}, 4) == 0


def test_novelty_of_an_example() -> None:
    # One of four users chose item 1: 2 bits. Nobody chose item 2: as if half a user had, 3 bits.
    assert metrics.novelty({1: [1, 2]}, {1: 1}, 4) == pytest.approx(2.5)
    assert metrics.novelty({}, {}, 0) == 0


def test_diversity_of_an_example() -> None:
    content = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    places = {10: 0, 11: 1, 12: 2}

    # Pairs: 10 and 11 alike, the two others not: mean cosine 1/3.
    assert metrics.diversity({1: [10, 11, 12]}, places, content) == pytest.approx(2 / 3)
    assert metrics.diversity({1: [10]}, places, content) == 0
