"""jophiel.upsert_users and jophiel.delete_user."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.sql.taste import model


def _upsert(db: psycopg.Connection[Any], *rows: Any) -> list[str]:
    return [r.outcome for r in db.execute("select * from jophiel.upsert_users(%s)", (json.dumps(rows),))]


def _version(db: psycopg.Connection[Any], user: int) -> int:
    row = db.execute("select version from jophiel.tastes where user_id = %s", (user,)).fetchone()
    assert row is not None
    return int(row.version)


def test_fields_merge(db: psycopg.Connection[Any]) -> None:
    ann = {
        "user_id": 1,
        "interests": ["jazz"],
        "locale": "es",
        "time_zone": "Europe/Madrid",
        "profile": {"a": 1},
        "age": 30,
    }
    assert _upsert(db, ann, {"user_id": 2}) == ["created", "created"]
    assert _upsert(db, ann, {"user_id": 2}) == ["unchanged", "unchanged"]
    assert _upsert(db, {"user_id": 1, "age": None, "city": "Vigo"}, {"user_id": 2, "interests": []}) == [
        "updated",
        "unchanged",
    ]
    row = db.execute("select interests, locale, time_zone, profile from jophiel.users where user_id = 1").fetchone()
    assert row == (["jazz"], "es", "Europe/Madrid", {"a": 1, "city": "Vigo"})
    assert _upsert(db, {"user_id": 1, "interests": []}) == ["updated"]
    assert _upsert(db) == []


def test_a_change_makes_feeds_stale(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    _upsert(db, {"user_id": 1, "interests": ["jazz"]})
    assert _version(db, 1) == 1
    assert model.taste(db, 1) == model.Taste((0.0,) * 6, model.EPOCH, 0.0, 0)
    _upsert(db, {"user_id": 1, "interests": ["jazz"]})
    assert _version(db, 1) == 1
    _upsert(db, {"user_id": 1, "interests": ["folk"]})
    assert _version(db, 1) == 2


@pytest.mark.parametrize(
    "row",
    [
        1,
        {},
        {"user_id": None},
        {"user_id": 7},
        {"user_id": 1, "interests": "jazz"},
        {"user_id": 1, "interests": [1]},
        {"user_id": 1, "locale": 3},
        {"user_id": 1, "profile": []},
        {"user_id": 1, "time_zone": "Mars/Olympus"},
        {"user_id": 1, "time_zone": "monday"},
        {"user_id": 1, "time_zone": ""},
        {"user_id": 1, "time_zone": 2},
    ],
)
def test_one_bad_row_stops_all(db: psycopg.Connection[Any], row: Any) -> None:
    with pytest.raises(psycopg.Error, match="of the users") as error:
        _upsert(db, {"user_id": 7}, row)
    assert error.value.sqlstate == "JO010"
    assert db.execute("select count(*) from jophiel.users").fetchone() == (0,)


def _tables(db: psycopg.Connection[Any]) -> list[str]:
    return [
        row[0]
        for row in db.execute(
            "select oid::regclass::text from pg_class "
            "where relnamespace = 'jophiel'::regnamespace and relkind in ('r', 'p') "
            "and not relispartition and obj_description(oid, 'pg_class') like 'jophiel:user%' "
            "and oid <> 'jophiel.user_tombstones'::regclass"
        )
    ]


def _live(db: psycopg.Connection[Any], user: str) -> None:
    """Give a user a row in every table that users own."""
    _upsert(db, {"user_id": user, "interests": ["jazz"]})
    db.execute("select jophiel.record_interaction(%s, '1')", (user,))
    db.execute("select jophiel.follow(%s, 'creator')", (user,))
    db.execute("select jophiel.add_to_collection(%s, %s, '2')", (user, f"board of {user}"))
    db.execute("select jophiel.add_to_collection(%s, 'everybody''s', '2')", (user,))
    db.execute(
        "insert into jophiel.feeds "
        "(user_id, feed, generation, computed_at, taste_version, inputs_hash, item_ids, scores) "
        "values (jophiel.key_id(%s), 'main', 1, now(), 1, 1, '{}', '{}')",
        (user,),
    )
    db.execute(
        "insert into jophiel.feed_marks (user_id, feed, marked_at) values (jophiel.key_id(%s), 'main', now())", (user,)
    )
    db.execute(
        "insert into jophiel.inbox (user_id, event_id, happened_at, received_at) "
        "values (jophiel.key_id(%s), gen_random_uuid(), now(), now())",
        (user,),
    )
    db.execute(
        "insert into jophiel.user_fields (user_id, field, value, happened_at, event_id) "
        "values (jophiel.key_id(%s), 'locale', '\"es\"', now(), gen_random_uuid())",
        (user,),
    )


def test_nothing_of_a_deleted_user_remains(db: psycopg.Connection[Any]) -> None:
    for user in ("ann", "bea"):
        _live(db, user)
    ids = {user: db.execute("select jophiel.key_id(%s)", (user,)).fetchone()[0] for user in ("ann", "bea")}  # type: ignore[index]

    def rows(user: str) -> dict[str, int]:
        count = "select count(*) from {} where user_id = %s"
        return {t: db.execute(count.format(t), (ids[user],)).fetchone()[0] for t in _tables(db)}  # type: ignore[index]

    kept = rows("bea")
    assert min(rows("ann").values()) > 0, "a table that users own is not covered: extend _live()"
    assert db.execute("select jophiel.delete_user('ann')").fetchone() == (True,)
    assert set(rows("ann").values()) == {0}
    assert rows("bea") == kept
    keys = {row.key for row in db.execute("select key from jophiel.keys where kind <> 'item'")}
    assert keys == {"bea", "creator", "board of bea", "everybody's"}
    assert db.execute("select jophiel.delete_user('ann')").fetchone() == (False,)
    for table in db.execute(
        "select oid::regclass::text as name from pg_class "
        "where relnamespace = 'jophiel'::regnamespace and relkind = 'r'"
    ):
        text = db.execute(
            f"select count(*) from {table.name} as t where t::text like %s",  # noqa: S608
            (f"%{ids['ann']}%",),
        ).fetchone()
        assert text == (0,), table.name


def test_what_a_deleted_user_created_stays(db: psycopg.Connection[Any]) -> None:
    db.execute("insert into jophiel.items (item_id, creator_id, created_at, updated_at) values (1, 5, now(), now())")
    db.execute("select jophiel.follow(1::bigint, 5::bigint)")
    db.execute("select jophiel.follow(5::bigint, 1::bigint)")
    assert db.execute("select jophiel.delete_user(5::bigint)").fetchone() == (True,)
    assert db.execute("select creator_id from jophiel.items").fetchall() == [(5,)]
    assert db.execute("select user_id, creator_id from jophiel.follows").fetchall() == [(1, 5)]


def test_to_delete_nobody_is_an_error(db: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute("select jophiel.delete_user(null::bigint)")
    assert error.value.sqlstate == "JO001"
    assert db.execute("select jophiel.delete_user(404::bigint)").fetchone() == (False,)
