"""Many writers of the same users: no deadlock, and nothing is lost."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.taste import model

if TYPE_CHECKING:
    from collections.abc import Callable

WRITERS = 8


def _together(url: str, work: Callable[[psycopg.Connection[Any], random.Random], None]) -> None:
    def run(seed: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            work(connection, random.Random(seed))

    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(run, seed) for seed in range(WRITERS)]:
            done.result()


def test_overlapping_batches_add_up(db: psycopg.Connection[Any], database_url: str) -> None:
    model.furnish(db)
    calls, size, users = 40, 12, 20

    def work(connection: psycopg.Connection[Any], draw: random.Random) -> None:
        for _ in range(calls):
            rows = [
                {"user_id": draw.randrange(users), "item_id": 1, "type": "share", "ts": 1_767_225_600}
                for _ in range(size)
            ]
            connection.execute("select count(*) from jophiel.record_interactions(%s)", (json.dumps(rows),))

    _together(database_url, work)
    row = db.execute(
        "select sum(event_count) as events, sum((taste::real[])[1]) as share from jophiel.tastes"
    ).fetchone()
    assert row is not None
    assert row.events == WRITERS * calls * size
    assert row.share == pytest.approx(0.8 * WRITERS * calls * size, rel=1e-4)


def test_likes_follows_rebuilds_and_forgetting_at_once(db: psycopg.Connection[Any], database_url: str) -> None:
    model.furnish(db)

    def work(connection: psycopg.Connection[Any], draw: random.Random) -> None:
        for number in range(60):
            users = [draw.randrange(6) for _ in range(3)]
            match number % 6:
                case 0 | 1 | 2:
                    kinds = ["like", "unlike", "dislike", "play"]
                    rows = [
                        {"user_id": u, "item_id": draw.choice([1, 2, 9]), "type": draw.choice(kinds)} for u in users
                    ]
                    connection.execute("select count(*) from jophiel.record_interactions(%s)", (json.dumps(rows),))
                case 3:
                    rows = [
                        {"user_id": u, "creator_id": 101, "type": draw.choice(["follow", "unfollow"])} for u in users
                    ]
                    connection.execute("select count(*) from jophiel.follow_many(%s)", (json.dumps(rows),))
                case 4:
                    connection.execute("select jophiel._rebuild_tastes(%s::bigint[])", (users,))
                case _:
                    connection.execute("select jophiel.delete_user(%s::bigint)", (users[0],))

    _together(database_url, work)
    doubled = db.execute(
        "select user_id, item_id, interaction_type from jophiel.interactions "
        "where is_active and interaction_type in ('like', 'dislike') "
        "group by 1, 2, 3 having count(*) > 1"
    ).fetchall()
    assert doubled == []
    orphans = db.execute(
        "select user_id from (select user_id from jophiel.interactions union select user_id from jophiel.follows "
        "union select user_id from jophiel.tastes) as x where user_id not in (select user_id from jophiel.users)"
    ).fetchall()
    assert orphans == []
    tastes = db.execute("select user_id, stale_since from jophiel.tastes").fetchall()
    before = {t.user_id: model.taste(db, t.user_id) for t in tastes if t.stale_since is None}
    model.rebuild(db, *(t.user_id for t in tastes))
    for user, taste in before.items():
        model.assert_equal(taste, model.taste(db, user))


def test_who_is_deleted_while_being_created_is_forgotten_whole(db: psycopg.Connection[Any], database_url: str) -> None:
    def forget() -> bool:
        with psycopg.connect(database_url, autocommit=True) as connection:
            row = connection.execute("select jophiel.delete_user(77::bigint)").fetchone()
            assert row is not None
            return bool(row[0])

    assert forget() is False
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            db.execute("select jophiel.record_interaction(77, 1)")
            forgotten = pool.submit(forget)
            with pytest.raises(TimeoutError):
                forgotten.result(timeout=0.5)
        assert forgotten.result(timeout=30) is True
    assert db.execute("select from jophiel.interactions").fetchall() == []
    assert db.execute("select from jophiel.users").fetchall() == []


@pytest.mark.parametrize("event", ["record_interaction(1, 7)", "add_to_collection(1, 5, 7)"])
def test_an_item_that_changes_during_an_event_makes_the_taste_stale(
    db: psycopg.Connection[Any], database_url: str, event: str
) -> None:
    def change(tag: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            items = json.dumps([{"item_id": 7, "tags": [tag]}])
            connection.execute("select count(*) from jophiel.upsert_items(%s)", (items,))

    change("old")
    with ThreadPoolExecutor(1) as pool:
        with db.transaction():
            db.execute(f"select jophiel.{event}")
            changed = pool.submit(change, "new")
            with pytest.raises(TimeoutError):
                changed.result(timeout=0.5)
        changed.result(timeout=30)
    row = db.execute("select stale_since is not null as is_stale from jophiel.tastes where user_id = 1").fetchone()
    assert row is not None
    assert row.is_stale


def test_an_event_that_comes_while_its_item_is_written_counts(db: psycopg.Connection[Any], database_url: str) -> None:
    # So many that one more is no reason to count the vocabulary again, which would rebuild every taste.
    items = [{"item_id": item, "tags": ["old", "new"]} for item in range(100, 200)]
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))
    db.execute("select jophiel.record_interaction(1::bigint, 100::bigint)")
    db.execute("call jophiel.run_batch()")
    # As an import leaves it: the item is there, its vectors are the batch's.
    db.execute(
        """insert into jophiel.items
           select (jsonb_populate_record(i, '{"item_id": 7}')).* from jophiel.items as i where i.item_id = 100"""
    )
    db.execute("insert into jophiel.item_changes (item_id, stage, changed_at) values (7, 'vectorise', now())")
    with psycopg.connect(database_url) as writer:
        writer.execute("select jophiel._run_batch_step('items', 100)")
        # Neither sees the other, and a batch comes between the two.
        db.execute("select jophiel.record_interaction(1::bigint, 7::bigint)")
        db.execute("select jophiel._rebuild_tastes(array[1::bigint])")
        writer.commit()
    db.execute("call jophiel.run_batch()")
    stored = model.taste(db, 1)
    model.rebuild(db, 1)
    model.assert_equal(stored, model.taste(db, 1))
    assert stored.mass == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize(
    "act",
    [
        "select jophiel.record_interaction(1::bigint, 7::bigint)",
        """select count(*) from jophiel.record_interactions('[{"user_id": 1, "item_id": 7}]')""",
        "select jophiel.add_to_collection(1::bigint, 2::bigint, 7::bigint)",
        """select count(*) from jophiel.upsert_items('[{"item_id": 7, "tags": ["other"]}]')""",
    ],
)
def test_who_acts_on_an_item_that_is_being_brought_waits(
    db: psycopg.Connection[Any], database_url: str, act: str
) -> None:
    # Or it could hold a taste that whoever brings the item is going to need.
    with psycopg.connect(database_url) as writer:
        writer.execute("""select count(*) from jophiel.upsert_items('[{"item_id": 7, "tags": ["new"]}]')""")
        db.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            db.execute(act)
        writer.commit()
    db.execute(act)
