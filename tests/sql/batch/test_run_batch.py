"""The cycle: from psql alone, by many workers, killed at any point."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.support.psql import psql

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]

STAGES = ["schema", "items", "cells", "popularity", "creators", "taste", "probes", "match", "feeds", "inbox"]


def pending(db: Connection) -> dict[str, int]:
    return {
        row.stage: row.pending
        for row in db.execute("select stage, pending from jophiel._batch_stages()")
        if row.pending
    }


def users(db: Connection, count: int) -> None:
    db.execute(
        "insert into jophiel.users (user_id, created_at, updated_at) "
        "select n, now(), now() from generate_series(1, %s) as n",
        (count,),
    )


def generations(db: Connection) -> list[int]:
    return [row.generation for row in db.execute("select generation from jophiel.feeds order by user_id")]


def test_from_psql_alone(db: Connection, database_url: str) -> None:
    world.catalogue(db)
    users(db, 12)
    db.execute("select count(*) from jophiel.record_interaction(1, 4, 'like')")

    psql(database_url, "-c", "call jophiel.run_batch()")

    assert pending(db) == {}
    assert generations(db) == [1] * 12
    # Nothing has changed: the second run does nothing.
    before = db.execute("select xmin::text, * from jophiel.feeds order by user_id").fetchall()
    timed = world.scalar(db, "select count(*) from jophiel.timings")
    psql(database_url, "-c", "call jophiel.run_batch(7)")
    assert db.execute("select xmin::text, * from jophiel.feeds order by user_id").fetchall() == before
    assert world.scalar(db, "select count(*) from jophiel.timings") == timed


def test_all_stages_in_their_order(db: Connection) -> None:
    assert [row.stage for row in db.execute("select stage from jophiel._batch_stages()")] == STAGES


def test_an_empty_database_has_nothing_to_do(db: Connection) -> None:
    db.execute("call jophiel.run_batch()")

    assert pending(db) == {}
    assert world.scalar(db, "select count(*) from jophiel.timings") == 0


def test_what_each_stage_waits_for(db: Connection, freeze: Callable[[str], None]) -> None:
    world.catalogue(db)
    users(db, 3)
    db.execute("call jophiel.run_batch()")

    db.execute("select count(*) from jophiel.record_interaction(1, 4, 'like')")
    assert pending(db) == {"feeds": 1, "popularity": 1}
    db.execute("select jophiel.follow(2, 103)")
    db.execute("select jophiel.mark_tastes_stale('{3}')")
    assert pending(db) == {"feeds": 3, "popularity": 1, "taste": 1, "creators": 1} or pending(db) == {
        "feeds": 3,
        "popularity": 1,
        "taste": 1,
    }
    db.execute('select count(*) from jophiel.upsert_items(\'[{"item_id": 500, "title": "New"}]\')')
    assert pending(db)["match"] == 1
    db.execute("update jophiel.features set weight = 0.5 where feature = 'title'")
    assert pending(db)["schema"] == 61
    db.execute("insert into jophiel.item_changes values (1, 'vectorise', now())")
    assert pending(db)["items"] == 1
    db.execute("update jophiel.settings set value = '50' where name = 'exact_scan_items'")
    db.execute("update jophiel.item_vectors set domain = 'default'")

    db.execute("call jophiel.run_batch()")
    assert pending(db) in ({}, {"cells": 1})


def test_cells_are_built_and_tuned_once(db: Connection) -> None:
    world.catalogue(db, 120)
    users(db, 3)
    db.execute("select count(*) from jophiel.record_interaction(1, 4, 'share')")
    db.execute("update jophiel.settings set value = '100' where name = 'exact_scan_items'")

    db.execute("call jophiel.run_batch()")

    build = db.execute("select item_count, cell_count, probe_items, overlap from jophiel.cell_builds").fetchone()
    assert build is not None
    assert build.item_count == 120
    assert build.cell_count > 1
    assert build.probe_items >= 400
    assert build.overlap["mean"] >= 0.98
    assert pending(db) == {}
    assert len(world.feed(db, 1)) >= 100


def test_items_without_vectors_do_not_keep_a_cycle_from_ending(db: Connection) -> None:
    """They may be somebody else's to vectorise, in a transaction that takes its time."""
    db.execute("update jophiel.settings set value = '100' where name = 'exact_scan_items'")
    db.execute(
        "insert into jophiel.items (item_id, created_at, updated_at) "
        "select n, now(), now() from generate_series(1, 300) as n"
    )
    db.execute("update jophiel.feature_schemas set item_count = 300")

    db.execute("set statement_timeout = '20s'")
    db.execute("call jophiel.run_batch()")

    assert world.scalar(db, "select count(*) from jophiel.cell_builds") == 0


def test_feeds_that_are_stale_at_once_do_not_keep_a_cycle_from_ending(db: Connection) -> None:
    world.catalogue(db, 10)
    users(db, 5)
    db.execute("""select jophiel.define_feed('main', '{"max_age": "-1 second"}')""")

    db.execute("set statement_timeout = '20s'")
    db.execute("call jophiel.run_batch(2)")

    assert min(generations(db)) >= 1


def test_a_feed_may_have_any_name(db: Connection) -> None:
    world.catalogue(db, 10)
    users(db, 5)
    for name in ("a", "a b", "a b 7", 'Ø "quoted"', "zz"):
        db.execute("select jophiel.define_feed(%s)", (name,))

    db.execute("call jophiel.run_batch(2)")

    assert world.scalar(db, "select jophiel._count_stale_feeds()") == 0
    assert world.scalar(db, "select count(*) from jophiel.feeds where generation = 1") == 30


def test_two_workers_share_the_feeds(db: Connection, database_url: str) -> None:
    world.catalogue(db)
    users(db, 400)
    db.execute("call jophiel.run_batch()")
    db.execute("""select jophiel.define_feed('main', '{"size": 20}')""")
    start = threading.Barrier(2)

    def work() -> int:
        total = 0
        with psycopg.connect(database_url, autocommit=True) as own:
            own.execute("select set_config('jophiel.now', %s, false)", (world.NOW,))
            start.wait()
            while done := world.scalar(own, "select jophiel._run_batch_step('feeds', 10)"):
                total += done
        return total

    with ThreadPoolExecutor(2) as pool:
        shares = [worker.result() for worker in [pool.submit(work), pool.submit(work)]]

    assert sum(shares) == 400
    assert min(shares) > 0
    assert set(generations(db)) == {2}
    assert pending(db) == {}


def test_whole_cycles_side_by_side(db: Connection, database_url: str) -> None:
    world.catalogue(db, 150)
    users(db, 120)
    for user in range(1, 60):
        db.execute("select count(*) from jophiel.record_interaction(%s, %s, 'share')", (user, 1 + user * 7 % 150))
    db.execute("select jophiel.mark_tastes_stale()")
    db.execute("update jophiel.features set weight = 0.5 where feature = 'title'")
    db.execute("update jophiel.settings set value = '100' where name = 'exact_scan_items'")

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(psql, database_url, "-c", "call jophiel.run_batch(10)") for _ in range(3)]:
            done.result()

    db.execute("select set_config('jophiel.now', '', false)")
    db.execute("call jophiel.run_batch()")
    assert pending(db) == {}
    assert len(generations(db)) == 120
    assert (
        world.scalar(db, "select count(*) from jophiel.item_vectors as h join jophiel.cells as c on c.cell = h.cell")
        == 150
    )
    assert world.scalar(db, "select count(*) from jophiel.cell_builds") == 1


def test_a_killed_chunk_is_done_by_the_next_batch(db: Connection, database_url: str) -> None:
    world.catalogue(db)
    users(db, 60)
    db.execute("select count(*) from jophiel.record_interaction(1, 4, 'like')")
    db.execute("call jophiel.run_batch()")
    db.execute("""select jophiel.define_feed('main', '{"size": 20}')""")
    before = db.execute("select * from jophiel.feeds order by user_id").fetchall()

    victim = psycopg.connect(database_url)
    victim.execute("select jophiel._run_batch_step('feeds', 30)")
    db.execute("select pg_terminate_backend(%s, 5000)", (victim.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        victim.execute("select 1")
    victim.close()

    assert db.execute("select * from jophiel.feeds order by user_id").fetchall() == before
    assert pending(db)["feeds"] == 60
    db.execute("call jophiel.run_batch()")
    assert pending(db) == {}
    assert generations(db) == [2] * 60


def test_a_killed_cycle_keeps_what_it_has_committed(db: Connection, database_url: str) -> None:
    world.catalogue(db)
    users(db, 1500)

    def cycle(own: Connection) -> None:
        own.execute("call jophiel.run_batch(5)")

    with psycopg.connect(database_url, autocommit=True) as victim, ThreadPoolExecutor(1) as pool:
        running = pool.submit(cycle, victim)
        deadline = time.monotonic() + 30
        while world.scalar(db, "select count(*) from jophiel.feeds") < 20 and time.monotonic() < deadline:
            time.sleep(0.005)
        db.execute("select pg_terminate_backend(%s, 5000)", (victim.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            running.result()

    made = world.scalar(db, "select count(*) from jophiel.feeds")
    assert 20 <= made < 1500
    db.execute("select set_config('jophiel.now', '', false)")
    db.execute("call jophiel.run_batch()")
    assert pending(db) == {}
    assert generations(db) == [1] * 1500
    assert world.scalar(db, "select count(*) from jophiel.feeds where cardinality(item_ids) <> 60") == 0


@pytest.mark.parametrize("chunk", [0, -5, None])
def test_a_chunk_out_of_range(db: Connection, chunk: int | None) -> None:
    with pytest.raises(psycopg.Error, match="out of range") as error:
        db.execute("call jophiel.run_batch(%s)", (chunk,))

    assert error.value.sqlstate == "JO001"


@pytest.mark.parametrize("stage", ["nix", "", None])
def test_a_stage_that_is_none(db: Connection, stage: str | None) -> None:
    with pytest.raises(psycopg.Error, match="there is no batch stage") as error:
        db.execute("select jophiel._run_batch_step(%s, 10)", (stage,))

    assert error.value.sqlstate == "JO001"


def test_a_bulk_import_makes_popularity_due(db: Connection, freeze: Callable[[str], None]) -> None:
    def due() -> bool:
        return bool(world.scalar(db, "select jophiel._popularity_is_due()"))

    world.catalogue(db)
    users(db, 10)
    assert not due()
    db.execute(
        "select count(*) from jophiel.record_interactions(%s)",
        (json.dumps([{"user_id": n, "item_id": 1, "type": "play"} for n in range(1, 11)]),),
    )
    assert due()
    db.execute("call jophiel.run_batch()")
    assert not due()
    freeze("2026-02-01T00:30:00Z")
    db.execute("select jophiel.mark_tastes_stale('{1}')")
    assert not due()
    db.execute("select jophiel.mark_tastes_stale('{1, 2}')")
    assert due()
    db.execute("call jophiel.run_batch()")
    freeze("2026-02-01T01:30:01Z")
    assert due()
