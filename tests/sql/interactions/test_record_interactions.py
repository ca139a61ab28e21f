"""jophiel.record_interactions and jophiel.record_interaction."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.taste import model

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = "00000000-0000-4000-8000-000000000001"
TWO = "00000000-0000-4000-8000-000000000002"


def _record(db: psycopg.Connection[Any], *rows: Any) -> list[tuple[uuid.UUID, str]]:
    return [tuple(row) for row in db.execute("select * from jophiel.record_interactions(%s)", (json.dumps(rows),))]


def _log(db: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    query = (
        "select user_id, item_id, interaction_type, is_active from jophiel.interactions order by happened_at, event_id"
    )
    return [tuple(row) for row in db.execute(query)]


def test_outcomes_come_in_the_order_of_the_rows(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    first = {"user_id": 1, "item_id": 2, "event_id": TWO}
    assert _record(db, first) == [(uuid.UUID(TWO), "applied")]
    found = _record(
        db, {"user_id": 1, "item_id": 3, "event_id": ONE}, first, {"user_id": 1, "item_id": 3, "event_id": ONE}
    )
    assert found == [(uuid.UUID(ONE), "applied"), (uuid.UUID(TWO), "duplicate"), (uuid.UUID(ONE), "duplicate")]
    assert model.taste(db, 1).event_count == 2


def test_the_same_event_id_of_another_user_is_another_event(db: psycopg.Connection[Any]) -> None:
    found = _record(db, {"user_id": 1, "item_id": 2, "event_id": ONE}, {"user_id": 2, "item_id": 2, "event_id": ONE})
    assert [outcome for _, outcome in found] == ["applied", "applied"]


def test_no_rows_are_no_events(db: psycopg.Connection[Any]) -> None:
    assert _record(db) == []
    assert db.execute("select count(*) from jophiel.users").fetchone() == (0,)


def test_defaults_and_text_keys(db: psycopg.Connection[Any], freeze: Callable[[str], None]) -> None:
    freeze("2026-05-01T00:00:00Z")
    _record(
        db,
        {"user_id": "ann", "item_id": "song:1"},
        {
            "user_id": "7",
            "item_id": 8,
            "type": "view",
            "ts": 1_700_000_000.5,
            "weight": 0.25,
            "details": {"seconds": 3},
        },
        {"user_id": 7, "item_id": 8, "type": "view", "ts": "2026-04-01T12:00:00"},
    )
    rows = db.execute(
        "select jophiel.external_key('user', user_id) as u, jophiel.external_key('item', item_id) as i, "
        "interaction_type, weight, "
        "happened_at at time zone 'UTC' as at, details from jophiel.interactions order by happened_at"
    ).fetchall()
    assert [(r.u, r.i, r.interaction_type, r.weight, str(r.at), r.details) for r in rows] == [
        ("7", "8", "view", 0.25, "2023-11-14 22:13:20.500000", {"seconds": 3}),
        ("7", "8", "view", None, "2026-04-01 12:00:00", None),
        ("ann", "song:1", "like", None, "2026-05-01 00:00:00", None),
    ]


@pytest.mark.parametrize(
    ("row", "state", "reason"),
    [
        (3, "JO010", "is not an object"),
        ({"item_id": 1}, "JO010", "user_id must be"),
        ({"user_id": 1.5, "item_id": 1}, "JO010", "user_id must be"),
        ({"user_id": 1, "item_id": " "}, "JO010", "item_id must be"),
        ({"user_id": 1, "item_id": 10**20}, "JO010", "item_id must be"),
        ({"user_id": 1, "item_id": 1, "type": "applaud"}, "JO007", 'unknown interaction type "applaud"'),
        ({"user_id": 1, "item_id": 1, "type": 3}, "JO010", "type must be text"),
        ({"user_id": 1, "item_id": 1, "type": "follow"}, "JO010", "jophiel.follow()"),
        ({"user_id": 1, "item_id": 1, "type": "unfollow"}, "JO010", "jophiel.follow()"),
        ({"user_id": 1, "item_id": 1, "weight": 100.5}, "JO012", "outside -100 to 100"),
        ({"user_id": 1, "item_id": 1, "weight": "2"}, "JO010", "weight must be a number"),
        ({"user_id": 1, "item_id": 1, "ts": "yesterday"}, "JO010", "ts must be"),
        ({"user_id": 1, "item_id": 1, "ts": "infinity"}, "JO010", "ts must be"),
        ({"user_id": 1, "item_id": 1, "event_id": "x"}, "JO010", "event_id must be"),
        ({"user_id": 1, "item_id": 1, "details": []}, "JO010", "details must be"),
    ],
)
def test_one_bad_row_stops_all(db: psycopg.Connection[Any], row: Any, state: str, reason: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        _record(db, {"user_id": 1, "item_id": 2}, row)
    assert error.value.sqlstate == state
    assert "row 2 of the interactions" in str(error.value)
    assert reason in str(error.value)
    assert _log(db) == []
    assert db.execute("select count(*) from jophiel.users").fetchone() == (0,)


@pytest.mark.parametrize("rows", [None, "null", "{}", "3"])
def test_what_is_no_array_is_refused(db: psycopg.Connection[Any], rows: str | None) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute("select jophiel.record_interactions(%s)", (rows,))
    assert error.value.sqlstate == "JO010"


def test_a_state_has_one_active_row(db: psycopg.Connection[Any]) -> None:
    def row(kind: str, at: int) -> dict[str, Any]:
        return {"user_id": 1, "item_id": 1, "type": kind, "ts": at}

    _record(db, row("like", 10), row("like", 30))
    assert _log(db) == [(1, 1, "like", False), (1, 1, "like", True)]
    _record(db, row("unlike", 20))  # late: the like at 30 stands
    assert [r[3] for r in _log(db)] == [False, False, True]
    _record(db, row("unlike", 40))
    assert not any(r[3] for r in _log(db))
    _record(db, row("like", 35))  # late: stays undone
    assert not any(r[3] for r in _log(db))
    _record(db, row("dislike", 5), row("share", 50), row("share", 50))
    assert [r[2] for r in _log(db) if r[3]] == ["dislike", "share", "share"]


def test_calls_at_one_moment_count_in_their_order(db: psycopg.Connection[Any], freeze: Callable[[str], None]) -> None:
    freeze("2026-05-01T00:00:00Z")
    for _ in range(10):
        db.execute("select jophiel.record_interaction(1::bigint, 1::bigint)")
        assert db.execute("select count(*) from jophiel.interactions where is_active").fetchone() == (1,)
        _record(db, {"user_id": 1, "item_id": 1}, {"user_id": 1, "item_id": 1, "type": "unlike"})
        assert db.execute("select count(*) from jophiel.interactions where is_active").fetchone() == (0,)


def test_versions_rise_only_when_something_changed(db: psycopg.Connection[Any]) -> None:
    def version() -> int:
        row = db.execute("select version from jophiel.tastes where user_id = 1").fetchone()
        assert row is not None
        return int(row.version)

    model.furnish(db)
    like = {"user_id": 1, "item_id": 1, "event_id": ONE, "ts": 100}
    _record(db, like)
    assert version() == 1
    _record(db, like, {"user_id": 1, "item_id": 1, "ts": 50}, {"user_id": 1, "item_id": 2, "type": "unlike"})
    assert version() == 1
    _record(db, {"user_id": 1, "item_id": 1, "ts": 200})
    assert version() == 2
    _record(db, {"user_id": 1, "item_id": 1, "type": "play"})
    assert version() == 3


def test_one_interaction(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    query = "select jophiel.record_interaction(%s::bigint, %s::bigint, %s, %s, null, %s)"
    assert db.execute(query, (1, 1, "share", 2, ONE)).fetchone() == ("applied",)
    assert db.execute(query, (1, 1, "share", 2, ONE)).fetchone() == ("duplicate",)
    assert db.execute("select jophiel.record_interaction('ann', 'song')").fetchone() == ("applied",)
    assert model.taste(db, 1).vector == pytest.approx((2, 0, 0, 0, 0, 0))
    assert db.execute("select key from jophiel.keys order by kind").fetchall() == [("song",), ("ann",)]


@pytest.mark.parametrize(
    ("call", "state"),
    [
        ("null::bigint, 1::bigint", "JO001"),
        ("1::bigint, null::bigint", "JO001"),
        ("1::bigint, 1::bigint, p_happened_at => 'infinity'", "JO001"),
        ("1::bigint, 1::bigint, p_weight => 'NaN'", "JO012"),
        ("1::bigint, 1::bigint, p_weight => -100.1", "JO012"),
        ("1::bigint, 1::bigint, p_weight => 1e300", "JO012"),
        ("1::bigint, 1::bigint, 'applaud'", "JO007"),
        ("1::bigint, 1::bigint, null", "JO007"),
        ("1::bigint, 1::bigint, 'follow'", "JO010"),
    ],
)
def test_one_bad_interaction(db: psycopg.Connection[Any], call: str, state: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute(f"select jophiel.record_interaction({call})")
    assert error.value.sqlstate == state
    assert error.value.diag.message_hint
    assert _log(db) == []


def test_a_tiny_weight_is_no_underflow(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    db.execute("select jophiel.record_interaction(1::bigint, 1::bigint, 'share', 1e-300)")
    assert model.taste(db, 1).vector == (0.0,) * 6


def test_registers_are_found_by_user_and_item(db: psycopg.Connection[Any]) -> None:
    db.execute(
        "insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at) "
        "select g % 20, gen_random_uuid(), g % 999, 'view', now(), now() from generate_series(1, 20000) as g"
    )
    db.execute("analyze jophiel.interactions")

    def plan(condition: str) -> str:
        return "\n".join(
            r[0]
            for r in db.execute(f"explain select event_id from jophiel.interactions where {condition}")  # noqa: S608
        )

    assert "interactions_user_id_item_id_idx" in plan("user_id = 3 and item_id = 5")
    assert "interactions_item_id_idx" in plan("item_id = 5")
    assert "interactions_pkey" in plan(f"user_id = 3 and event_id = '{ONE}'")


def test_what_lasted_counts_by_how_long(db: psycopg.Connection[Any]) -> None:
    lasted = [("view", 5), ("view", 10), ("view", 1000), ("view", None), ("view", "long"), ("view", -1), ("like", 5)]
    rows = [
        {"user_id": 1, "item_id": item, "type": kind, "details": {"duration_seconds": seconds}}
        for item, (kind, seconds) in enumerate(lasted)
    ]
    db.execute("select count(*) from jophiel.record_interactions(%s)", (json.dumps(rows),))
    found = db.execute("select weight from jophiel.interactions order by item_id").fetchall()
    weights = [None if row.weight is None else round(row.weight, 3) for row in found]
    assert weights == [0.05, 0.1, 0.1, None, None, None, None]


@pytest.mark.parametrize(
    ("call", "state"),
    [
        ("select jophiel.record_interaction(1, 2, 'like', p_happened_at => '2999-01-01')", "JO001"),
        (
            """select * from jophiel.record_interactions('[{"user_id": 1, "item_id": 2, "ts": "2999-01-01"}]')""",
            "JO010",
        ),
        ("select jophiel.add_to_collection(1::bigint, 2::bigint, 3::bigint, '2999-01-01')", "JO001"),
        ("select jophiel.follow(1::bigint, 2::bigint, '2999-01-01')", "JO001"),
        ("select jophiel.unfollow(1::bigint, 2::bigint, '2999-01-01')", "JO001"),
        ("""select * from jophiel.follow_many('[{"user_id": 1, "creator_id": 2, "ts": "2999-01-01"}]')""", "JO010"),
    ],
)
def test_nobody_did_anything_in_the_future(db: psycopg.Connection[Any], call: str, state: str) -> None:
    with pytest.raises(psycopg.DatabaseError, match="future") as caught:
        db.execute(call)
    assert caught.value.sqlstate == state
    assert _log(db) == []
