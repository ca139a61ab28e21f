"""Every writer of the SQL API side by side over few users and items: no deadlock, and what is left is consistent.

`make campaign-writers` does the same for five minutes.
"""

from __future__ import annotations

import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.events.messages import event

if TYPE_CHECKING:
    from collections.abc import Callable

    Connection = psycopg.Connection[Any]
    Work = Callable[[Connection, "Draw"], None]

SECONDS = float(os.environ.get("JOPHIEL_WRITERS_SECONDS", "8"))
WRITERS = 8

# What is refused in passing: the item was just deleted, the user is not there, the collection is empty.
# 40001: the user was deleted while events waited. JO030: the model was discarded by then.
REFUSALS = ("JO002", "JO003", "JO004", "JO030", "40001")


class Draw(random.Random):
    """Draws from some items, users and creators; the fewer, the more they meet."""

    def __init__(self, seed: int, items: int, users: int, creators: int) -> None:
        super().__init__(seed)
        self._items, self._users, self._creators = items, users, creators

    def item(self, unknown: int = 0) -> int:
        """Return an item, or one of so many that nobody has brought."""
        return self.randrange(1, self._items + unknown)

    def items(self) -> list[int]:
        return self.sample(range(1, self._items), self.randrange(1, 8))

    def user(self) -> int:
        return self.randrange(self._users)

    def users(self) -> list[int]:
        return [self.user() for _ in range(self.randrange(1, 6))]

    def creator(self) -> int:
        return self.randrange(1, self._creators)


def _record(connection: Connection, draw: Draw) -> None:
    kinds = ["like", "unlike", "dislike", "play", "share"]
    rows = [{"user_id": user, "item_id": draw.item(20), "type": draw.choice(kinds)} for user in draw.users()]
    connection.execute("select count(*) from jophiel.record_interactions(%s)", (json.dumps(rows),))


def _follow(connection: Connection, draw: Draw) -> None:
    rows = [
        {"user_id": user, "creator_id": draw.creator(), "type": draw.choice(["follow", "unfollow"])}
        for user in draw.users()
    ]
    connection.execute("select count(*) from jophiel.follow_many(%s)", (json.dumps(rows),))


def _collect(connection: Connection, draw: Draw) -> None:
    what = draw.choice(["add_to_collection", "remove_from_collection"])
    connection.execute(
        f"select jophiel.{what}(%s::bigint, %s::bigint, %s::bigint)",
        (draw.user(), draw.randrange(3), draw.item()),
    )


def _collect_by_key(connection: Connection, draw: Draw) -> None:
    keys = (f"user {draw.randrange(9)}", f"collection {draw.randrange(3)}", f"item {draw.randrange(30)}")
    connection.execute("select jophiel.add_to_collection(%s, %s, %s)", keys)


def _write_items(connection: Connection, draw: Draw) -> None:
    tags = ["guitar", "lofi", "bass", "sad"]
    rows = [{"item_id": item, "creator_id": draw.creator(), "tags": draw.sample(tags, 2)} for item in draw.items()]
    connection.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(rows),))


def _ingest(connection: Connection, draw: Draw) -> None:
    """Items that come and go, and plays of them and of items that nobody knows."""
    metadata = {"titulo": "song", "tags": ["lofi"]}
    events = []
    for _ in range(draw.randrange(1, 8)):
        item = draw.item(50)
        at = draw.randrange(1_000_000)
        events.append(
            draw.choice(
                [
                    event("play", at, user_id=draw.user(), sample_id=item),
                    event("add_to_board", at, user_id=draw.user(), sample_id=item, board_id=draw.randrange(3)),
                    event("sample.lifecycle.updated", at, sample_id=item, creator_id=1, metadata=metadata),
                    event("sample.lifecycle.deleted", at, sample_id=item),
                ]
            )
        )
    connection.execute("select count(*) from jophiel.ingest_events(%s)", (json.dumps(events),))


def _write_users(connection: Connection, draw: Draw) -> None:
    rows = [{"user_id": user, "interests": draw.sample(["guitar", "lofi"], 1)} for user in set(draw.users())]
    connection.execute("select count(*) from jophiel.upsert_users(%s)", (json.dumps(rows),))


def _statement(query: str, draw_parameter: Callable[[Draw], Any]) -> Work:
    def work(connection: Connection, draw: Draw) -> None:
        connection.execute(query, (draw_parameter(draw),))

    return work


def _activate(connection: Connection, draw: Draw) -> None:
    if draw.random() < 0.2:
        connection.execute(
            "select jophiel.activate_model(m.model_id) from jophiel.models as m where m.state <> 'active' limit 1"
        )


WORK: list[Work] = [
    _record,
    _record,
    _follow,
    _collect,
    _collect_by_key,
    _write_items,
    _ingest,
    _statement("select jophiel._run_batch_step('inbox', %s)", lambda draw: draw.choice([3, 500])),
    _write_users,
    _statement("select jophiel.delete_item(%s::bigint)", Draw.item),
    _statement("select jophiel.delete_user(%s::bigint)", Draw.user),
    _statement("select jophiel.delete_user(%s::text)", lambda draw: f"user {draw.randrange(9)}"),
    _statement("select jophiel.api_clear_cache(null) where %s", lambda draw: draw.random() < 0.1),
    _statement("select jophiel.recompute_feeds(%s::bigint[])", Draw.users),
    _statement("select jophiel._rebuild_tastes(%s::bigint[])", Draw.users),
    _statement("call jophiel.run_batch(%s)", lambda draw: draw.choice([5, 500])),
    _statement("select jophiel.refresh_popularity() where %s >= 0", lambda draw: draw.randrange(9)),
    _statement("select count(*) from jophiel.similar_items(%s::bigint)", Draw.item),
    _statement("select count(*) from jophiel.collection_ideas(%s::bigint)", lambda draw: draw.randrange(3)),
    _activate,
    _statement("select count(*) from jophiel.get_feed(%s::bigint)", Draw.user),
]


def _make_models(db: Connection, items: int) -> None:
    """Two models to choose from; what is in their vectors does not matter here."""
    for seed in (1, 2):
        db.execute(
            """with made as (
                 insert into jophiel.models (model_id, name, state, dimensions, created_at)
                 values (gen_random_uuid(), 'svd', 'ready', 64, now())
                 returning model_id
               )
               insert into jophiel.model_vectors (model_id, item_id, in_vector, out_vector)
               select m.model_id, n, v.vector, v.vector
                 from made as m
                cross join generate_series(1, %s) as n
                cross join lateral (
                        select array_agg(sin(%s * n * i))::real[]::public.vector::public.halfvec as vector
                          from generate_series(1, 64) as i) as v""",
            (items, seed),
        )


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 240)
@pytest.mark.parametrize(("items", "users", "creators"), [(300, 30, 20), (25, 8, 5)])
def test_every_writer_at_once(db: Connection, database_url: str, items: int, users: int, creators: int) -> None:
    # What is forgotten after a month is forgotten at once.
    db.execute("update jophiel.settings set value = '0' where name = 'inbox_retention_days'")
    _make_models(db, items)
    end = time.monotonic() + SECONDS / 2

    def write(seed: int) -> int:
        draw, done = Draw(seed, items, users, creators), 0
        with psycopg.connect(database_url, autocommit=True) as connection:
            while time.monotonic() < end:
                try:
                    draw.choice(WORK)(connection, draw)
                except psycopg.DatabaseError as error:
                    if error.sqlstate not in REFUSALS:
                        raise
                done += 1
        return done

    with ThreadPoolExecutor(WRITERS) as pool:
        done = sum(pool.map(write, range(WRITERS)))
    print(f"{done:,} calls by {WRITERS} writers in {SECONDS / 2:.0f} s")
    assert done > WRITERS

    owned = ["interactions", "follows", "collections", "collection_items", "tastes", "feeds", "feed_marks"]
    orphans = [
        (table, row.user_id)
        for table in owned
        for row in db.execute(
            f"select user_id from jophiel.{table} where user_id not in (select user_id from jophiel.users)"  # noqa: S608
        ).fetchall()
    ]
    assert orphans == []

    db.execute("call jophiel.run_batch()")
    found = [row.user_id for row in db.execute("select user_id from jophiel.users").fetchall()]
    before = db.execute("select user_id, item_ids from jophiel.feeds order by user_id").fetchall()
    db.execute("select jophiel._rebuild_tastes(%s::bigint[])", (found,))
    db.execute("select jophiel.recompute_feeds(%s::bigint[])", (found,))
    after = {r.user_id: r.item_ids for r in db.execute("select user_id, item_ids from jophiel.feeds").fetchall()}
    assert [row.user_id for row in before] == sorted(found)
    for row in before:
        assert set(row.item_ids) == set(after[row.user_id])
