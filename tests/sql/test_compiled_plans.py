"""PostgreSQL compiles what it thinks dear (jit, on by default up to 18): seconds, for what takes milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.test_reading_plans import CALLS, grown

if TYPE_CHECKING:
    import psycopg

__all__ = ["grown"]

MORE = {
    "recompute_feed": "select jophiel.recompute_feed(1)",
    "recompute_feeds": "select jophiel.recompute_feeds('{1,2}')",
    "recommend": """select * from jophiel.recommend(1, '{"query_text": "tag1", "weights": {"novelty": 0.5}}')""",
    "similar_items": "select * from jophiel.similar_items(3, 5)",
    "search_items": "select * from jophiel.search_items('tag1')",
    "explain_because": "select * from jophiel.explain_because(1, 3)",
    "describe_taste": "select * from jophiel.describe_taste(1)",
    "upsert_items": """select * from jophiel.upsert_items('[{"item_id": 3, "creator_id": 2, "tags": ["new"]}]')""",
    "build_cells": "select jophiel.build_cells('default')",
    "like": "select jophiel.record_interaction(1, 4, 'like')",
    "the page after it": "select * from jophiel.get_feed(1)",
}


@pytest.fixture
def llvm(db: psycopg.Connection[Any]) -> None:
    """A server that can compile."""
    db.execute("set jit = on")
    row = db.execute("select pg_jit_available() as can").fetchone()
    assert row is not None
    if not row.can:
        pytest.skip("the server cannot compile (no LLVM)")


@pytest.fixture
def compiled(llvm: None, grown: psycopg.Connection[Any]) -> tuple[psycopg.Connection[Any], list[str]]:
    """A session that compiles as a server's defaults say, and where it did."""
    grown.execute("discard plans")
    places: list[str] = []

    def note(notice: psycopg.errors.Diagnostic) -> None:
        if "time to inline" in (notice.message_primary or ""):
            places.append(notice.context or "")

    # What was compiled is told with the stack of functions, at this level only.
    grown.execute("set client_min_messages = debug1")
    grown.add_notice_handler(note)
    return grown, places


def test_what_was_seen_to_be_compiled_says_no(db: psycopg.Connection[Any]) -> None:
    """Where the server cannot compile, and in small databases, nothing else would tell."""
    names = ["_rank_items", "_content_vectors", "_document_values", "_move_centres"]
    rows = db.execute(
        "select proname from pg_proc where pronamespace = 'jophiel'::regnamespace and proconfig @> '{jit=off}'"
    ).fetchall()
    assert {row.proname for row in rows} >= set(names)


def test_no_reader_and_no_writer_is_compiled(compiled: tuple[psycopg.Connection[Any], list[str]]) -> None:
    db, places = compiled
    for name, call in {**CALLS, **MORE}.items():
        db.execute(call.encode())
        assert places == [], name


def test_what_is_compiled_is_seen(compiled: tuple[psycopg.Connection[Any], list[str]]) -> None:
    db, places = compiled
    db.execute("set jit_above_cost = 0")
    db.execute("do 'begin perform count(*) from jophiel.users; end'")
    assert len(places) == 1
