"""A page of 20 in pgbench, against the smallest query there is: one column of one row by primary key."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench import synthetic
from bench.databases import connect, installed, pgbench
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USERS, ITEMS, ROUNDS, SECONDS = 2000, 5000, 5, 2
GOAL = 0.8

SCRIPTS = {
    "key": "select user_id from jophiel.users where user_id = :id;",
    "page": "select rank, item_id, score, generation from jophiel.get_feed(:id);",
    # What bounds it: twenty rows of four columns without any table, and the feed's row without unnesting.
    "rows": "select n, n::bigint, 0.5123::real, :id::bigint from generate_series(1, 20) as n;",
    "row": "select generation from jophiel.feeds where user_id = :id and feed = 'main';",
}


def run(server_url: str, _sizes: Sequence[int]) -> Iterator[Row]:
    """Measure with one client and with four."""
    with installed(server_url) as url:
        with connect(url) as connection:
            synthetic.load(connection, synthetic.Sizes(items=ITEMS, users=USERS))
            connection.execute("select jophiel.recompute_feeds(array(select u.user_id from jophiel.users as u))")
            connection.execute("vacuum analyze")
        for clients in (1, 4):
            rates = _rates(url, clients)
            yield _row(rates, "page", "get_feed, page of 20", clients, GOAL)
            yield _row(rates, "rows", "20 rows of 4 constants, no table", clients)
            yield _row(rates, "row", "the feed's row by key, not unnested", clients)


def _row(rates: dict[str, list[float]], script: str, what: str, clients: int, goal: float | None = None) -> Row:
    # Taken in turns and compared round by round: what disturbs one disturbs its neighbour.
    ratio = median(rate / key for rate, key in zip(rates[script], rates["key"], strict=True))
    return Row(
        "page",
        f"{what}, {clients} client{'s' if clients > 1 else ''}: transactions a second",
        f"{median(rates[script]):,.0f}",
        f"select by primary key: {median(rates['key']):,.0f}",
        ratio,
        goal,
    )


def _rates(url: str, clients: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in SCRIPTS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            for name, statement in SCRIPTS.items():
                file = Path(folder) / f"{name}.sql"
                file.write_text(f"\\set id random(1, {USERS})\n{statement}\n", encoding="ascii")
                rates[name].append(pgbench(url, file, SECONDS, clients))
    return rates
