from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]

RUN = uuid.UUID(int=1)


def note(
    db: Connection, processed: int, chunk: int, *, stage: str = "feeds", seconds: float = 1, run: uuid.UUID = RUN
) -> None:
    db.execute(
        "select jophiel.record_timing(%s, %s, %s, %s, %s, %s)",
        (run, stage, processed, chunk, seconds, seconds * processed / chunk),
    )


def test_chunks_are_cut_at_10_100_1000_and_every_1000(db: Connection) -> None:
    cuts, processed = [], 0
    while processed < 3500:
        processed += world.scalar(db, "select jophiel._next_chunk(%s, 500)", processed)
        cuts.append(processed)

    assert cuts == [10, 100, 600, 1000, 1500, 2000, 2500, 3000, 3500]
    assert world.scalar(db, "select jophiel._next_chunk(0, 3)") == 3
    assert world.scalar(db, "select jophiel._next_chunk(3, 500)") == 7


def test_a_cycle_notes_its_marks(db: Connection) -> None:
    world.catalogue(db, 12)
    db.execute(
        "insert into jophiel.users (user_id, created_at, updated_at) "
        "select n, now(), now() from generate_series(1, 1050) as n"
    )

    db.execute("call jophiel.run_batch()")

    rows = db.execute(
        "select processed, chunk, chunk_seconds, total_seconds "
        "from jophiel.timings where stage = 'feeds' order by processed"
    ).fetchall()
    assert [row.processed for row in rows] == [10, 100, 600, 1000, 1050]
    assert [row.chunk for row in rows] == [10, 90, 500, 400, 50]
    assert all(row.chunk_seconds > 0 for row in rows)
    assert rows[-1].total_seconds >= sum(row.chunk_seconds for row in rows) * 0.99
    summary = db.execute("select * from jophiel.timing_summary where stage = 'feeds'").fetchone()
    assert summary is not None
    assert summary.processed == 1050
    assert summary.first_10_seconds < summary.first_100_seconds < summary.first_1000_seconds < summary.seconds
    assert summary.per_second == pytest.approx(1050 / summary.seconds)


def test_the_summary_is_of_the_last_run(db: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-02-01T00:00:00Z")
    note(db, 10, 10)
    note(db, 100, 90)
    freeze("2026-02-01T01:00:00Z")
    note(db, 5, 5, run=uuid.UUID(int=2))
    note(db, 3, 3, stage="taste")

    rows = db.execute(
        "select stage, processed, seconds, first_10_seconds from jophiel.timing_summary order by stage"
    ).fetchall()
    assert rows == [("feeds", 5, 1, None), ("taste", 3, 1, None)]


def test_without_timings_no_summary(db: Connection) -> None:
    assert db.execute("select * from jophiel.timing_summary").fetchall() == []


def test_noted_twice_is_noted_once(db: Connection) -> None:
    note(db, 10, 10, seconds=1)
    note(db, 10, 10, seconds=2)

    assert db.execute("select processed, chunk_seconds from jophiel.timings").fetchall() == [(10, 2)]


def test_old_ones_are_forgotten(db: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-01-01T00:00:00Z")
    note(db, 10, 10)
    freeze("2026-01-31T00:00:01Z")
    note(db, 10, 10, stage="taste")

    assert db.execute("select stage from jophiel.timings").fetchall() == [("taste",)]


MISTAKES = [
    (None, "feeds", 1, 1, 1, 1),
    (RUN, None, 1, 1, 1, 1),
    (RUN, "", 1, 1, 1, 1),
    (RUN, "feeds", None, 1, 1, 1),
    (RUN, "feeds", -1, 1, 1, 1),
    (RUN, "feeds", 1, None, 1, 1),
    (RUN, "feeds", 1, 1, None, 1),
    (RUN, "feeds", 1, 1, 1, None),
]


def test_errors(db: Connection) -> None:
    for values in MISTAKES:
        with pytest.raises(psycopg.Error) as error:
            db.execute("select jophiel.record_timing(%s, %s, %s, %s, %s, %s)", values)

        assert error.value.sqlstate == "JO001"
        assert error.value.diag.message_hint
        assert world.scalar(db, "select count(*) from jophiel.timings") == 0
