"""An item is in each board or not: what is said of one board says nothing of another."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.sql.events.messages import event, ingest
from tests.sql.taste import model

if TYPE_CHECKING:
    import psycopg


def _inside(db: psycopg.Connection[Any]) -> list[tuple[int, int, int]]:
    rows = db.execute("select user_id, collection_id, item_id from jophiel.collection_items where is_active")
    return sorted(cast("tuple[int, int, int]", tuple(row)) for row in rows)


def _counted(db: psycopg.Connection[Any]) -> list[tuple[int, int, int]]:
    rows = db.execute(
        "select user_id, (details ->> 'collection_id')::bigint, item_id from jophiel.interactions where is_active"
    )
    return sorted(cast("tuple[int, int, int]", tuple(row)) for row in rows)


def _check(db: psycopg.Connection[Any], user: int = 1) -> None:
    """Exactly what is in a board counts, once for each board, in the log and in the taste."""
    inside = _inside(db)
    assert _counted(db) == inside
    model.rebuild(db, user)
    assert model.taste(db, user).event_count == len(inside)


@pytest.mark.parametrize("together", [True, False])
def test_a_removal_from_one_board_leaves_the_other(db: psycopg.Connection[Any], together: bool) -> None:
    model.furnish(db)
    told = [
        event("add_to_board", 10, user_id=1, sample_id=1, board_id=5),
        event("add_to_board", 20, user_id=1, sample_id=1, board_id=6),
        event("remove_from_board", 30, user_id=1, sample_id=1, board_id=5),
    ]
    if together:
        assert len(ingest(db, *told)) == 3
    else:
        assert [ingest(db, message) for message in told] == [["pending"]] * 3
    assert _inside(db) == [(1, 6, 1)]
    assert model.taste(db, 1).event_count == 1
    _check(db)
    assert model.taste(db, 1).vector == pytest.approx((0.9, 0, 0, 0, 0, 0))


def test_an_item_counts_once_for_each_board(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    for board in (5, 6):
        for at in ("2026-01-01Z", "2026-01-01 00:00:01Z"):
            db.execute("select jophiel.add_to_collection(1::bigint, %s::bigint, 1::bigint, %s)", (board, at))
    _check(db)
    assert model.taste(db, 1).vector == pytest.approx((1.8, 0, 0, 0, 0, 0), abs=1e-5)
    db.execute("select jophiel.remove_from_collection(1::bigint, 6::bigint, 1::bigint, '2026-01-02Z')")
    assert _inside(db) == [(1, 5, 1)]
    _check(db)


_messages = st.lists(
    st.builds(
        event,
        st.sampled_from(["add_to_board", "add_to_board", "remove_from_board"]),
        st.integers(0, 3),
        st.integers(1, 2**64),
        user_id=st.just(1),
        sample_id=st.sampled_from([1, 2]),
        board_id=st.sampled_from([5, 6]),
    ),
    min_size=3,
    max_size=16,
    unique_by=lambda message: str(message["event_id"]),
)


def _expected(told: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    """What the latest word about each board and item says."""
    said = {}
    for message in sorted(told, key=lambda m: (m["event_timestamp"], uuid.UUID(m["event_id"]))):
        payload = message["payload"]
        said[payload["board_id"], payload["sample_id"]] = "add_to" in message["event_name"]
    return sorted((1, board, item) for (board, item), is_in in said.items() if is_in)


def test_any_order_leaves_the_same_in_the_boards(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(told=_messages, seeds=st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
    def holds(told: list[dict[str, Any]], seeds: tuple[int, int]) -> None:
        states = []
        for seed in seeds:
            db.execute("truncate jophiel.interactions, jophiel.collections, jophiel.collection_items, jophiel.tastes")
            draw = random.Random(seed)
            left = told + [message for message in told if draw.random() < 0.2]
            draw.shuffle(left)
            while left:
                size = draw.choice([1, 1, 2, 5])
                assert "rejected" not in ingest(db, *left[:size])
                del left[:size]
            assert _inside(db) == _expected(told)
            _check(db)
            states.append(db.execute("select jophiel.state_checksum(1::bigint, '2026-01-02Z')").fetchone())
        assert states[0] == states[1]

    holds()
