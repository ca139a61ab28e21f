"""jophiel.upsert_collections, jophiel.add_to_collection and jophiel.remove_from_collection."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.sql.taste import model


def _inside(db: psycopg.Connection[Any]) -> list[tuple[int, int, int]]:
    query = "select user_id, collection_id, item_id from jophiel.collection_items where is_active order by 1, 2, 3"
    return [tuple(row) for row in db.execute(query)]


def test_add_and_remove(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    assert db.execute("select jophiel.add_to_collection(1::bigint, 50::bigint, 1::bigint)").fetchone() == (True,)
    assert _inside(db) == [(1, 50, 1)]
    assert db.execute("select user_id, collection_id from jophiel.collections").fetchall() == [(1, 50)]
    assert model.taste(db, 1).vector == pytest.approx((0.9, 0, 0, 0, 0, 0))
    assert db.execute("select jophiel.remove_from_collection(1::bigint, 50::bigint, 1::bigint)").fetchone() == (True,)
    assert _inside(db) == []
    assert model.taste(db, 1).event_count == 0


def test_a_late_addition_stays_undone(db: psycopg.Connection[Any]) -> None:
    db.execute("select jophiel.remove_from_collection(1::bigint, 50::bigint, 1::bigint, '2026-02-01Z')")
    late = db.execute("select jophiel.add_to_collection(1::bigint, 50::bigint, 1::bigint, '2026-01-01Z')").fetchone()
    assert late == (False,)
    assert _inside(db) == []
    assert db.execute("select count(*) from jophiel.interactions where is_active").fetchone() == (0,)


def test_cached_ideas_are_forgotten(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    columns = db.execute(
        "select attname, format_type(atttypid, null) as type from pg_attribute "
        "where attrelid = 'jophiel.recommendation_cache'::regclass and attnum > 0 and attnotnull"
    ).fetchall()
    values = {
        "text": "'ideas'",
        "bigint": "{}",
        "bigint[]": "'{{}}'",
        "real[]": "'{{}}'",
        "timestamp with time zone": "now()",
    }
    names = ", ".join(c.attname for c in columns)
    line = ", ".join(values.get(c.type, "'[1]'") for c in columns)
    for collection in (50, 51):
        row = line.format(*[collection] * 5)
        db.execute(f"insert into jophiel.recommendation_cache ({names}) values ({row})")  # noqa: S608
    db.execute("select jophiel.add_to_collection(1::bigint, 50::bigint, 1::bigint)")
    assert db.execute("select subject_id from jophiel.recommendation_cache").fetchall() == [(51,)]


def test_text_keys(db: psycopg.Connection[Any]) -> None:
    db.execute("select jophiel.add_to_collection('ann', 'board', 'song')")
    assert {r.key for r in db.execute("select key from jophiel.keys")} == {"ann", "board", "song"}
    db.execute("select jophiel.remove_from_collection('ann', 'board', 'song')")
    assert _inside(db) == []


@pytest.mark.parametrize("name", ["add_to_collection", "remove_from_collection"])
def test_nulls_are_refused(db: psycopg.Connection[Any], name: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute(f"select jophiel.{name}(1::bigint, null::bigint, 2::bigint)")
    assert error.value.sqlstate == "JO001"


def test_upsert(db: psycopg.Connection[Any]) -> None:
    def upsert(*rows: Any) -> list[str]:
        return [r.outcome for r in db.execute("select * from jophiel.upsert_collections(%s)", (json.dumps(rows),))]

    assert (
        upsert({"user_id": 1, "collection_id": 5, "title": "a"}, {"user_id": 2, "collection_id": 5}) == ["created"] * 2
    )
    assert upsert({"user_id": 1, "collection_id": 5}, {"user_id": 2, "collection_id": 5, "title": "b"}) == [
        "unchanged",
        "updated",
    ]
    assert db.execute("select title from jophiel.collections order by user_id").fetchall() == [("a",), ("b",)]
    assert upsert() == []
    for bad in (
        {"user_id": 1},
        {"collection_id": 1},
        {"user_id": 3, "collection_id": 5},
        {"user_id": 1, "collection_id": 1, "title": 3},
    ):
        with pytest.raises(psycopg.Error, match="of the collections") as error:
            upsert({"user_id": 3, "collection_id": 5}, bad)
        assert error.value.sqlstate == "JO010"
    assert db.execute("select count(*) from jophiel.collections").fetchone() == (2,)
