"""A version changes exactly when what get_feed() shows does, and asking for it makes no feed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import furnish

if TYPE_CHECKING:
    import psycopg


@pytest.fixture
def people(db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    furnish(db)
    return db


def versions(db: psycopg.Connection[Any], *users: str | None) -> dict[str, dict[str, Any]]:
    row = db.execute("select jophiel.api_feed_versions(%s::text[])", (list(users),)).fetchone()
    assert row is not None
    found: dict[str, dict[str, Any]] = json.loads(row[0])
    return found


def shown(db: psycopg.Connection[Any], user: int = 1) -> tuple[list[int], int]:
    rows = db.execute("select item_id, generation from jophiel.get_feed(%s, p_limit => 100)", (user,)).fetchall()
    return [row.item_id for row in rows], rows[0].generation


def test_it_answers_for_those_that_there_are(people: psycopg.Connection[Any]) -> None:
    found = versions(people, "1", "nobody", "ana", "1", None)
    assert found.keys() == {"1", "ana"}
    assert found["1"]["generation"] == shown(people)[1]
    assert versions(people) == {}


def test_it_follows_what_is_shown(people: psycopg.Connection[Any]) -> None:
    before = versions(people, "1", "ana")
    assert versions(people, "1", "ana") == before

    people.execute("select jophiel.record_interaction(1, 8, 'play')")
    assert versions(people, "1") == {"1": before["1"]}  # the stored feed is still shown

    people.execute("select jophiel.record_interaction(1, 4, 'like')")
    liked = versions(people, "1", "ana")
    assert liked["1"]["generation"] is None
    assert liked["1"]["version"] != before["1"]["version"]
    assert liked["ana"] == before["ana"]
    assert shown(people)[1] < 0

    # While the feed is computed for its reader, a single play shows in it.
    people.execute("select jophiel.record_interaction(1, 8, 'play')")
    assert versions(people, "1")["1"]["version"] != liked["1"]["version"]

    people.execute("select jophiel.recompute_feed(1)")
    made = versions(people, "1")["1"]
    assert made["generation"] == shown(people)[1] > 0


def test_it_sees_marks_and_deletions(people: psycopg.Connection[Any]) -> None:
    before = versions(people, "1")["1"]
    people.execute("insert into jophiel.feed_marks (user_id, feed, marked_at) values (1, 'main', now())")
    marked = versions(people, "1")["1"]
    assert marked["generation"] is None
    people.execute("select jophiel.recompute_feed(1)")
    made = versions(people, "1")["1"]
    assert made["version"] not in (before["version"], marked["version"])

    items, generation = shown(people)
    people.execute("select jophiel.delete_item(%s)", (items[0],))
    gone = versions(people, "1")["1"]
    assert gone["version"] != made["version"]
    assert shown(people) == (items[1:], generation)
    # While the feed is computed for its reader, too.
    people.execute("select jophiel.record_interaction(1, %s, 'like')", (items[1],))
    liked = versions(people, "1")["1"]
    assert liked["generation"] is None
    assert versions(people, "1")["1"] == liked
    people.execute("select jophiel.delete_item(%s)", (items[2],))
    assert versions(people, "1")["1"]["version"] != liked["version"]


def test_nothing_is_computed_and_rows_are_found_by_key(people: psycopg.Connection[Any]) -> None:
    people.execute(
        """insert into jophiel.users (user_id, created_at, updated_at)
           select n, now(), now() from generate_series(1000, 60000) as n"""
    )
    people.execute("analyze jophiel.users")
    people.execute("select pg_stat_force_next_flush()")
    people.execute("select pg_stat_reset()")
    versions(people, *map(str, range(1000, 1050)))
    people.execute("select pg_stat_force_next_flush()")
    scans = {
        row.relname: (row.seq_tup_read, row.idx_scan)
        for row in people.execute("select relname, seq_tup_read, idx_scan from pg_stat_user_tables")
    }
    assert scans["item_vectors"] == (0, 0)
    assert scans["users"][0] == 0
