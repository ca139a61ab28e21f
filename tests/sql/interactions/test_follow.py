"""jophiel.follow, jophiel.unfollow and jophiel.follow_many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.taste import model

if TYPE_CHECKING:
    from collections.abc import Callable


def _active(db: psycopg.Connection[Any]) -> list[tuple[int, int]]:
    query = "select user_id, creator_id from jophiel.follows where is_active order by 1, 2"
    return [tuple(row) for row in db.execute(query)]


def test_follow_and_unfollow(db: psycopg.Connection[Any], freeze: Callable[[str], None]) -> None:
    model.furnish(db)
    freeze("2026-05-01T00:00:00Z")
    assert db.execute("select jophiel.follow(1::bigint, 101::bigint)").fetchone() == (True,)
    assert _active(db) == [(1, 101)]
    assert model.taste(db, 1).mass == pytest.approx(0.6)
    assert db.execute("select jophiel.unfollow(1::bigint, 101::bigint)").fetchone() == (True,)
    assert _active(db) == []
    assert model.taste(db, 1) == model.Taste((0.0,) * 6, model.EPOCH, 0.0, 0)


def test_a_late_follow_stays_undone(db: psycopg.Connection[Any]) -> None:
    db.execute("select jophiel.unfollow(1::bigint, 101::bigint, '2026-02-01Z')")
    assert db.execute("select jophiel.follow(1::bigint, 101::bigint, '2026-01-01Z')").fetchone() == (False,)
    assert _active(db) == []


def test_a_tie_goes_to_the_higher_event_id(db: psycopg.Connection[Any]) -> None:
    for first, second, active in (("1", "2", []), ("2", "1", [(1, 101)])):
        db.execute("truncate jophiel.follows")
        rows = [
            {"user_id": 1, "creator_id": 101, "ts": 5, "type": kind, "event_id": f"{number}" * 32}
            for kind, number in (("follow", first), ("unfollow", second))
        ]
        for batch in (rows, [rows[0]], [rows[1]]):
            db.execute("select count(*) from jophiel.follow_many(%s)", (json.dumps(batch),))
            assert _active(db) == active


def test_text_keys_are_registered(db: psycopg.Connection[Any]) -> None:
    db.execute("select jophiel.follow('ann', 'bea')")
    assert db.execute("select key from jophiel.keys where kind = 'user' order by key").fetchall() == [
        ("ann",),
        ("bea",),
    ]
    db.execute("select jophiel.unfollow('ann', 'bea')")
    assert _active(db) == []


@pytest.mark.parametrize("name", ["follow", "unfollow"])
@pytest.mark.parametrize(
    "call", ["null::bigint, 1::bigint", "1::bigint, null::bigint", "1::bigint, 2::bigint, 'infinity'"]
)
def test_nulls_are_refused(db: psycopg.Connection[Any], name: str, call: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute(f"select jophiel.{name}({call})")
    assert error.value.sqlstate == "JO001"


def test_many(db: psycopg.Connection[Any]) -> None:
    rows = [
        {"user_id": 1, "creator_id": 5, "ts": 100},
        {"user_id": 2, "followed_user_id": "bea"},
        {"user_id": 1, "creator_id": 5, "ts": 50},
        {"user_id": 1, "creator_id": 6, "type": "unfollow"},
    ]
    found = db.execute("select outcome from jophiel.follow_many(%s)", (json.dumps(rows),)).fetchall()
    assert [r.outcome for r in found] == ["applied", "applied", "duplicate", "applied"]
    bea = db.execute("select jophiel.key_id('bea') as id").fetchone()
    assert bea is not None
    assert _active(db) == [(1, 5), (2, bea.id)]
    assert db.execute("select * from jophiel.follow_many('[]')").fetchall() == []


@pytest.mark.parametrize(
    "row",
    [
        {"user_id": 1},
        {"creator_id": 1},
        {"user_id": 1, "creator_id": 1, "type": "like"},
        {"user_id": 1, "creator_id": 1, "ts": "soon"},
        {"user_id": 1, "creator_id": 1, "event_id": "x"},
        [],
    ],
)
def test_one_bad_row_stops_all(db: psycopg.Connection[Any], row: Any) -> None:
    with pytest.raises(psycopg.Error, match="row 2 of the follows") as error:
        db.execute("select jophiel.follow_many(%s)", (json.dumps([{"user_id": 1, "creator_id": 5}, row]),))
    assert error.value.sqlstate == "JO010"
    assert _active(db) == []


def test_followers_are_found_by_creator(db: psycopg.Connection[Any]) -> None:
    db.execute(
        "insert into jophiel.follows (user_id, creator_id, happened_at, event_id) "
        "select g, g % 500, now(), gen_random_uuid() from generate_series(1, 20000) as g"
    )
    db.execute("analyze jophiel.follows")
    plan = db.execute("explain select user_id from jophiel.follows where creator_id = any ('{3}') and is_active")
    assert "follows_creator_id_idx" in "\n".join(row[0] for row in plan)
