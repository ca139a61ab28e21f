"""Errors of the database under way: which are waited out, which part a batch, and which an event is to blame for."""

from __future__ import annotations

import json
import threading
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jophiel.database.connection import connect
from jophiel.errors import EmbeddedServerError
from jophiel.events.ingestion import AbandonedError, Counters, Ingester
from tests.support.consumers import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

NOW = datetime.now(UTC) - timedelta(days=1)


def like(user: int) -> bytes:
    event = {
        "event_name": "user.interaction.like",
        "event_id": str(uuid.uuid4()),
        "event_timestamp": NOW.isoformat().replace("+00:00", "Z"),
        "source": "test",
        "payload": {"user_id": user, "sample_id": 1},
    }
    return json.dumps(event).encode()


def on_insert(db: psycopg.Connection[Any], statement: str) -> None:
    """Have PL/pgSQL executed for every interaction, as `new`, that is logged."""
    db.execute(
        f"create or replace function public.meddle() returns trigger language plpgsql as "
        f"$$ begin {statement}; return new; end $$".encode()
    )
    db.execute(
        "create or replace trigger meddle before insert on jophiel.interactions "
        "for each row execute function public.meddle()"
    )


def logged(db: psycopg.Connection[Any]) -> int:
    (count,) = db.execute("select count(*) from jophiel.interactions").fetchone() or (0,)
    return int(count)


class Attempt(threading.Thread):
    """Ingests in a thread, so that it can be watched."""

    def __init__(self, ingester: Ingester, bodies: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.giving_up = threading.Event()
        self.refused: dict[int, str] | None = None
        self._ingester = ingester
        self._bodies = bodies

    def run(self) -> None:
        try:
            self.refused = self._ingester.ingest(self._bodies, self.giving_up)
        except AbandonedError:
            return
        finally:
            self._ingester.close()


@contextmanager
def running(ingester: Ingester, bodies: list[bytes]) -> Iterator[Attempt]:
    attempt = Attempt(ingester, bodies)
    attempt.start()
    try:
        yield attempt
    finally:
        attempt.giving_up.set()
        attempt.join(60)


def test_a_batch_that_takes_too_long_is_halved(db: psycopg.Connection[Any], database_url: str) -> None:
    on_insert(db, "perform pg_sleep(0.05)")
    db.execute(f'alter database "{db.info.dbname}" set statement_timeout = 1000'.encode())
    counters = Counters()
    with running(Ingester(lambda: connect(database_url), counters), [like(user) for user in range(1, 65)]) as attempt:
        until(lambda: attempt.refused is not None)
    assert attempt.refused == {}
    assert logged(db) == 64
    assert counters.failures > 0


@pytest.mark.parametrize("state", ["57014", "53200", "55P03", "42P01", "42501", "XX000", "0A000"])
def test_an_error_that_is_no_events_fault_is_waited_out(
    db: psycopg.Connection[Any], database_url: str, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    on_insert(db, f"raise exception 'meddled' using errcode = '{state}'")
    counters = Counters()
    with running(Ingester(lambda: connect(database_url), counters), [like(1)]) as attempt:
        until(lambda: counters.failures > 3)
        assert attempt.is_alive()
        db.execute("drop trigger meddle on jophiel.interactions")
        until(lambda: attempt.refused is not None)
    assert attempt.refused == {}
    assert logged(db) == 1
    levels = {record.levelname for record in caplog.records if "the database failed" in record.message}
    assert levels == {"ERROR" if state[:2] in ("42", "XX", "0A") else "WARNING"}


@pytest.mark.parametrize("state", ["54000", "P0001", "23514"])
def test_the_one_event_to_blame_is_refused(db: psycopg.Connection[Any], database_url: str, state: str) -> None:
    on_insert(db, f"if new.user_id = 3 then raise exception 'meddled' using errcode = '{state}'; end if")
    counters = Counters()
    with running(Ingester(lambda: connect(database_url), counters), [like(user) for user in range(1, 9)]) as attempt:
        until(lambda: attempt.refused is not None)
    assert attempt.refused == {2: f"{state}: meddled"}
    assert logged(db) == 7


def test_many_events_in_a_row_are_not_all_to_blame(
    db: psycopg.Connection[Any], database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    on_insert(db, "raise exception 'meddled'")
    ingester = Ingester(lambda: connect(database_url), Counters())
    with running(ingester, [like(user) for user in range(1, 41)]) as attempt:
        until(lambda: any(record.levelname == "ERROR" for record in caplog.records))
        assert attempt.is_alive()
        db.execute("drop trigger meddle on jophiel.interactions")
        until(lambda: attempt.refused is not None)
    assert attempt.refused == dict.fromkeys(range(20), "P0001: meddled")
    assert logged(db) == 20


def test_what_is_no_jsonb_is_to_blame_however_many_there_are(db: psycopg.Connection[Any], database_url: str) -> None:
    zero = json.dumps({"event_id": "\x00"}).encode()
    with running(Ingester(lambda: connect(database_url), Counters()), [*[zero] * 25, like(1)]) as attempt:
        until(lambda: attempt.refused is not None)
    assert attempt.refused is not None
    assert list(attempt.refused) == [*range(25)]
    assert logged(db) == 1


def test_an_embedded_server_that_does_not_start_is_waited_for(db: psycopg.Connection[Any], database_url: str) -> None:
    down = threading.Event()
    down.set()

    def start() -> psycopg.Connection[Any]:
        if down.is_set():
            raise EmbeddedServerError
        return connect(database_url)

    counters = Counters()
    with running(Ingester(start, counters), [like(1)]) as attempt:
        until(lambda: counters.failures > 1)
        down.clear()
        until(lambda: attempt.refused is not None)
    assert attempt.refused == {}
    assert logged(db) == 1
