"""The log as a matrix: one scale for ratings and likes, dislikes taken away, older events counting less."""

from __future__ import annotations

import numpy as np
import pytest

from jophiel.models.log import DAY, Log


def log_of(*rows: tuple[int, int, float, float]) -> Log:
    users, items, weights, days = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Log(
        np.array(users, dtype=np.int64),
        np.array(items, dtype=np.int64),
        np.array(weights, dtype=np.float32),
        np.array(days, dtype=np.float64) * DAY,
    )


def test_rows_and_columns_are_ascending_ids() -> None:
    matrix = log_of((7, 30, 1, 0), (-2, 10, 1, 0), (7, 10, 1, 0)).matrix()

    assert matrix.user_ids.tolist() == [-2, 7]
    assert matrix.item_ids.tolist() == [10, 30]
    assert matrix.values.toarray().tolist() == [[1, 0], [1, 1]]


def test_ratings_are_on_the_scale_of_the_greatest() -> None:
    matrix = log_of((1, 1, 5, 0), (1, 2, 10, 0), (2, 1, 10, 0), (2, 2, 10, 0)).matrix()

    assert matrix.values.toarray() == pytest.approx(np.array([[0.5, 1], [1, 1]]))


def test_events_add_up_to_one_at_most_and_dislikes_take_away() -> None:
    matrix = log_of((1, 1, 1, 0), (1, 1, 1, 1), (1, 2, 1, 0), (1, 2, -1, 1), (1, 3, -1, 0)).matrix()

    assert matrix.values.toarray().tolist() == [[1, 0, 0]]


def test_the_newest_event_of_a_pair_tells_its_age() -> None:
    matrix = log_of((1, 1, 1, 0), (1, 1, 1, 10), (1, 2, 1, 0), (2, 2, 1, 20)).matrix(half_life_days=10)

    assert matrix.values.toarray() == pytest.approx(np.array([[0.5, 0.25], [0, 1]]))


def test_an_empty_log_is_an_empty_matrix() -> None:
    matrix = log_of().matrix(half_life_days=10)

    assert matrix.values.shape == (0, 0)
    assert matrix.values.nnz == 0
