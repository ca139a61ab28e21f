"""A feed that is made anew all the time does not grow: its row is replaced within its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector

if TYPE_CHECKING:
    import psycopg

USERS = 60


def test_two_hundred_recomputes_take_no_more_room(db: psycopg.Connection[Any]) -> None:
    """Without any vacuum, as the batch does it: chunks of users, a transaction each."""
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1, n / 512)) for n in range(1, 201)])
    db.execute("alter table jophiel.feeds set (autovacuum_enabled = false)")
    for user in range(USERS):
        world.put_user(db, user, vector(1, user))
    users = list(range(USERS))

    def size() -> int:
        return int(world.scalar(db, "select pg_total_relation_size('jophiel.feeds')"))

    db.execute("select jophiel.recompute_feeds(%s::bigint[])", (users,))
    first = size()
    for _ in range(200):
        for start in range(0, USERS, 20):
            db.execute("select jophiel.recompute_feeds(%s::bigint[])", (users[start : start + 20],))

    assert size() / first <= 1.1
