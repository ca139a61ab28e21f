"""Splits: by time, by user, and when times say nothing."""

from __future__ import annotations

import numpy as np
import pytest

from jophiel.errors import InputError
from jophiel.models import splits
from jophiel.models.log import Log


def log_of(*rows: tuple[int, int, float, float]) -> Log:
    users, items, weights, epochs = (np.array(column) for column in zip(*rows, strict=True))
    return Log(users.astype(np.int64), items.astype(np.int64), weights.astype(np.float32), epochs.astype(np.float64))


def pairs(log: Log) -> list[tuple[int, int]]:
    return list(zip(log.user_ids.tolist(), log.item_ids.tolist(), strict=True))


LOG = log_of((1, 1, 1, 10), (1, 2, 1, 20), (2, 1, 1, 30), (1, 3, 1, 40), (2, 2, 1, 50))


def test_the_temporal_split_foretells_the_newest_part() -> None:
    train, test = splits.split(LOG, "temporal", share=0.4)

    assert pairs(train) == [(1, 1), (1, 2), (2, 1)]
    assert pairs(test) == [(1, 3), (2, 2)]


def test_leave_one_out_foretells_the_newest_of_each_user() -> None:
    train, test = splits.split(
        log_of(*[(3, 9, 1, 5)], (1, 1, 1, 10), (1, 2, 1, 20), (2, 1, 1, 30), (2, 3, 1, 25)), "leave-one-out"
    )

    assert pairs(test) == [(1, 2), (2, 1)]
    assert pairs(train) == [(3, 9), (1, 1), (2, 3)]


def test_k_shot_learns_from_the_oldest_of_each_user() -> None:
    train, test = splits.split(LOG, "k-shot", shots=1)

    assert pairs(train) == [(1, 1), (2, 1)]
    assert pairs(test) == [(1, 2), (1, 3), (2, 2)]


def test_only_new_likes_of_known_users_are_foretold() -> None:
    train = log_of((1, 1, 1, 0))
    later = log_of((1, 1, 1, 1), (1, 2, -1, 1), (1, 3, 1, 1), (1, 3, 1, 2), (2, 1, 1, 1))

    assert pairs(splits.foretold(train, later)) == [(1, 3)]


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(InputError, match="no split"):
        splits.split(LOG, "random")


def test_where_times_say_nothing_each_user_s_part_is_held_out() -> None:
    log = log_of(*[(user, item, 1, 7) for user in range(100) for item in range(5)])

    train, test = splits.hold_out(log)

    assert len(test) == 100
    assert len(np.unique(test.user_ids)) == 100
    assert len(train) == 400
    # Drawn, and not the same item for everybody; but the same for the same seed.
    assert len(np.unique(test.item_ids)) == 5
    assert pairs(test) == pairs(splits.hold_out(log)[1])
    assert pairs(test) != pairs(splits.hold_out(log, seed=1)[1])


def test_where_times_say_something_the_newest_part_is_held_out() -> None:
    log = log_of(*[(user, item, 1, item) for user in range(100) for item in range(5)])

    _, test = splits.hold_out(log)

    assert set(test.item_ids.tolist()) == {4}


def test_where_users_are_few_several_parts_are_held_out() -> None:
    log = log_of(*[(user, item, 1, item) for user in range(100) for item in range(5)])

    parts = splits.hold_outs(log)

    assert [len(np.unique(test.item_ids)) for _, test in parts] == [1, 2, 2]
    assert len(splits.hold_outs(log, users=100)) == 1
