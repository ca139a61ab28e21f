"""jophiel._forget_item_events: item_events does not grow with every event, and what it forgets changes nothing."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.sql.events.messages import event, ingest

if TYPE_CHECKING:
    from collections.abc import Sequence


def _put(at: float, item: int = 1) -> dict[str, Any]:
    return event(
        "sample.lifecycle.updated",
        at,
        sample_id=item,
        creator_id=101,
        metadata={"titulo": f"take {at}", "tags": ["dub"]},
    )


def _delete(at: float, item: int = 1) -> dict[str, Any]:
    return event("sample.lifecycle.deleted", at, sample_id=item)


def _count(db: psycopg.Connection[Any]) -> int:
    row = db.execute("select count(*) as rows from jophiel.item_events").fetchone()
    assert row is not None
    return int(row.rows)


def _age(db: psycopg.Connection[Any]) -> None:
    db.execute("update jophiel.item_events set received_at = received_at - interval '31 days'")


def _state(db: psycopg.Connection[Any]) -> Sequence[Any]:
    """What the events say, and the catalogue."""
    return db.execute(
        "select i.item_id, i.title, i.created_at, i.updated_at, i.deleted_at, v.created_epoch, row(l.*)::text as life, "
        "jophiel.state_checksum(1::bigint, '2026-02-01Z') as checksum "
        "from jophiel.items as i left join jophiel.item_vectors as v using (item_id) "
        "cross join lateral jophiel._item_life(i.item_id) as l order by 1"
    ).fetchall()


def _forget(db: psycopg.Connection[Any], chunk: int = 500) -> None:
    """The stage of the batch, and nothing else of it."""
    step = "select jophiel._run_batch_step('inbox', %s)"
    while db.execute(step, (chunk,)).fetchone() != (0,):
        pass


def _wait_until_blocked(db: psycopg.Connection[Any], pid: int) -> None:
    deadline = time.monotonic() + 30
    while db.execute("select cardinality(pg_blocking_pids(%s))", (pid,)).fetchone() == (0,):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_item_keeps_its_first_and_its_last_word(db: psycopg.Connection[Any]) -> None:
    told = [_put(at) for at in range(51)]
    for message in told:
        ingest(db, message)
    ingest(db, event("like", 5, user_id=1, sample_id=1), event("add_to_board", 6, user_id=1, sample_id=1, board_id=5))
    state = _state(db)
    assert _count(db) == 52
    _forget(db)
    assert _count(db) == 52
    _age(db)
    assert db.execute("select pending from jophiel._batch_stages() where stage = 'inbox'").fetchone() == (52,)
    _forget(db, 7)
    assert _count(db) == 3
    assert db.execute("select pending from jophiel._batch_stages() where stage = 'inbox'").fetchone() == (0,)
    assert _state(db) == state
    assert ingest(db, told[0], told[50]) == ["duplicate", "duplicate"]
    assert ingest(db, told[7], told[30], told[7]) == ["applied", "applied", "duplicate"]
    assert _state(db) == state
    _age(db)
    _forget(db)
    assert _count(db) == 3


def test_what_was_kept_goes_when_it_is_not_needed_any_more(db: psycopg.Connection[Any]) -> None:
    for at in (10, 20, 30):
        ingest(db, _put(at))
    _age(db)
    _forget(db)
    ingest(db, _put(40), _put(50))
    _forget(db)
    assert _count(db) == 5
    _age(db)
    _forget(db)
    assert _count(db) == 3


def test_lives_and_deaths(db: psycopg.Connection[Any]) -> None:
    """Random lives of ten items: the state is the same after forgetting and after hearing everything again."""
    draw = random.Random(4)
    told = [
        draw.choice([_put, _put, _delete])(draw.randrange(100_000), item) for item in range(1, 11) for _ in range(12)
    ]
    told += [
        event("add_to_board", draw.randrange(100_000), user_id=1, sample_id=draw.randrange(1, 11), board_id=5)
        for _ in range(10)
    ]
    draw.shuffle(told)
    ingest(db, *told)
    db.execute("select jophiel.delete_item(item_id) from jophiel.items where deleted_at is null and item_id <= 3")
    state = _state(db)
    _age(db)
    _forget(db, 3)
    assert _state(db) == state
    assert _count(db) <= 40
    draw.shuffle(told)
    assert "rejected" not in ingest(db, *told)
    assert _state(db) == state


def test_locks_of_items_that_nobody_brought_go(db: psycopg.Connection[Any]) -> None:
    ingest(db, *[event("play", 1, user_id=1, sample_id=sample) for sample in range(1000, 1500)])
    ingest(db, _put(1), _delete(10, item=2))
    assert _count(db) == 504
    _age(db)
    _forget(db)
    rows = db.execute("select item_id, is_deletion from jophiel.item_events order by 1, 2").fetchall()
    assert rows == [(1, False), (1, False), (2, False), (2, True)]
    assert ingest(db, _put(20, item=1000)) == ["applied"]
    assert db.execute("select count(*) from jophiel.interactions where item_id = 1000").fetchone() == (1,)


def test_what_is_being_written_is_left_for_later(db: psycopg.Connection[Any], database_url: str) -> None:
    ingest(db, *[event("play", 1, user_id=1, sample_id=sample) for sample in (1000, 1001)])
    _age(db)
    with psycopg.connect(database_url, row_factory=namedtuple_row) as other:
        ingest(other, event("play", 2, user_id=2, sample_id=1001))
        assert db.execute("select jophiel._forget_item_events(10)").fetchone() == (1,)
        other.commit()
    assert db.execute("select jophiel._forget_item_events(10)").fetchone() == (1,)
    assert _count(db) == 0


def test_a_lock_that_is_forgotten_while_someone_waits_for_it_is_made_anew(
    db: psycopg.Connection[Any], database_url: str
) -> None:
    ingest(db, event("play", 1, user_id=1, sample_id=1000))
    _age(db)
    with (
        psycopg.connect(database_url, row_factory=namedtuple_row) as batch,
        psycopg.connect(database_url, row_factory=namedtuple_row) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        assert batch.execute("select jophiel._forget_item_events(10)").fetchone() == (1,)
        told = pool.submit(ingest, writer, event("play", 2, user_id=2, sample_id=1000))
        _wait_until_blocked(db, writer.info.backend_pid)
        batch.commit()
        assert told.result() == ["pending"]
        db.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ingest(db, _put(3, item=1000))
        writer.commit()
    db.execute("set lock_timeout = 0")
    assert ingest(db, _put(3, item=1000)) == ["applied"]
