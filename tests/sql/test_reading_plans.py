"""A pooled session plans its statements once, over what a young database holds, and sees the tables grow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import psycopg

GROWN = 5000
# Functions that look by key: never a whole table, however long it has become.
CALLS = {
    "get_feed": "select * from jophiel.get_feed(1)",
    "get_feed by key": "select * from jophiel.get_feed('1')",
    "api_feed_pages": "select * from jophiel.api_feed_pages('1', 'main', '1', '20', 'f', '/')",
    "api_feed_versions": "select jophiel.api_feed_versions('{1,2}')",
    "feed_checksum": "select jophiel.feed_checksum(1)",
    "explain_score": "select * from jophiel.explain_score(1, 3)",
    "api_explain": "select jophiel.api_explain('1', '3', 'main')",
    "score_items": "select * from jophiel.score_items(1, '{1,2,3}')",
    "get_taste": "select * from jophiel.get_taste(1)",
    "api_item": "select jophiel.api_item('3')",
    "api_items_by_key": "select jophiel.api_items_by_key('{1,2,3}')",
    "_log_tastes": "select * from jophiel._log_tastes('{1,2}')",
    "_rebuild_tastes": "select jophiel._rebuild_tastes('{1,2}')",
    "ingest_event": """select outcome from jophiel.ingest_event(jsonb_build_object(
        'event_name', 'user.interaction.play', 'event_id', gen_random_uuid(), 'source', 'test',
        'event_timestamp', '2025-01-01T00:00:00Z', 'payload', '{"user_id": 1, "sample_id": 3}'::jsonb))""",
    "record_interaction": "select jophiel.record_interaction(1, 3, 'play')",
    "record_interactions": """select jophiel.record_interactions('[{"user_id": 1, "item_id": 2, "type": "like"},
        {"user_id": 2, "item_id": 3, "type": "view", "ts": "2020-01-01T00:00:00Z"}]')""",
    "add_to_collection": "select jophiel.add_to_collection(1, 9, 3)",
    "upsert_users": """select * from jophiel.upsert_users('[{"user_id": 1, "locale": "de"}, {"user_id": 2}]')""",
}
READ = (
    "select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows from pg_stat_xact_user_tables "
    "where schemaname = 'jophiel' and coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) >= %s"
)


def _grow(db: psycopg.Connection[Any], table: str, key: str) -> None:
    """Copy a row of a table until it is long, with the statistics it had when it was short."""
    columns = [
        row.attname
        for row in db.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            (f"jophiel.{table}",),
        ).fetchall()
    ]
    copied = ", ".join("1000 + g" if column == key else f"t.{column}" for column in columns)
    source = f"(select * from jophiel.{table} limit 1) as t, generate_series(1, {GROWN}) as g"  # noqa: S608 - names of this file
    db.execute(f"insert into jophiel.{table} ({', '.join(columns)}) select {copied} from {source}")  # noqa: S608


@pytest.fixture
def grown(db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    items = [{"item_id": n, "creator_id": 1 + n % 3, "tags": [f"tag{n % 4}"]} for n in range(1, 9)]
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))
    db.execute("""select count(*) from jophiel.upsert_users('[{"user_id": 1}, {"user_id": 2}]')""")
    db.execute("select jophiel.record_interaction(1, 2), jophiel.follow(1, 2)")
    db.execute("call jophiel.run_batch()")
    db.execute("analyze")
    # PL/pgSQL tries five plans for the values at hand before it keeps one.
    for _ in range(7):
        for call in CALLS.values():
            db.execute(call)
    db.execute("call jophiel.run_batch()")
    for table, key in (
        ("users", "user_id"),
        ("tastes", "user_id"),
        ("feeds", "user_id"),
        ("items", "item_id"),
        ("item_vectors", "item_id"),
        ("item_signals", "item_id"),
        ("creators", "creator_id"),
    ):
        _grow(db, table, key)
    return db


def test_no_look_by_key_reads_a_table_that_has_grown(grown: psycopg.Connection[Any]) -> None:
    read = {}
    for name, call in CALLS.items():
        # The counters below begin anew.
        grown.execute("select pg_stat_force_next_flush()")
        with grown.transaction():
            grown.execute(call)
            read[name] = {row.relname: row.rows for row in grown.execute(READ, (GROWN,)).fetchall()}
    assert {name: tables for name, tables in read.items() if tables} == {}
