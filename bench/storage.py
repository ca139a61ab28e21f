"""What a user's feed takes on disk after many recomputes, against after one: do new versions find the room of old ones?

Chunks are a tenth of the users, as the batch's are a small part of all; readers hold no old snapshot. Autovacuum comes
to a real server between rounds that are hours apart; here VACUUM runs after every tenth round, and in the first
measurement never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import synthetic
from bench.databases import connect, installed, value
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.databases import Connection

USERS, CHUNK, ITEMS = 200, 20, 500
GOAL = 1.1


def run(server_url: str, sizes: Sequence[int]) -> Iterator[Row]:
    """Measure without vacuum and with it; 1,000 recomputes in the full run, otherwise 200."""
    rounds = 1000 if max(sizes) >= 1_000_000 else 200
    for vacuum in (False, True):
        with installed(server_url) as url, connect(url) as connection:
            synthetic.load(connection, synthetic.Sizes(items=ITEMS, users=USERS))
            connection.execute("alter table jophiel.feeds set (autovacuum_enabled = off)")
            _recompute(connection)
            once = _bytes_a_user(connection)
            for number in range(1, rounds):
                _recompute(connection)
                if vacuum and number % 10 == 0:
                    connection.execute("vacuum jophiel.feeds")
            yield Row(
                "storage",
                f"bytes a user and feed after {rounds:,} recomputes, {'with' if vacuum else 'without'} vacuum",
                f"{_bytes_a_user(connection):,.0f}",
                f"after one: {once:,.0f}",
                _bytes_a_user(connection) / once,
                GOAL,
                at_most=True,
            )


def _recompute(connection: Connection) -> None:
    for first in range(1, USERS + 1, CHUNK):
        connection.execute("select jophiel.recompute_feeds(%s)", [list(range(first, first + CHUNK))])


def _bytes_a_user(connection: Connection) -> float:
    return float(value(connection, "select pg_total_relation_size('jophiel.feeds')")) / USERS
