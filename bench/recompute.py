"""Feeds of many users made anew, writing included, against the exact top 400 of Faiss, candidates only.

And what the engine's approximation keeps of the exact feeds, after cells were built and probes tuned as the batch does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import faiss

from bench import synthetic
from bench.databases import connect, cpu_seconds, installed, value
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.databases import Connection

USERS, CHUNK = 10_000, 500
QUERIES = 2000  # with fewer Faiss does not use BLAS, and is many times slower
GOALS = {100_000: 0.5, 1_000_000: 1.4}
SEED = 7


def run(server_url: str, sizes: Sequence[int]) -> Iterator[Row]:
    """Measure at each size above which the engine scans no more exactly."""
    for items in sizes:
        if items > 10_000:
            yield from _measure(server_url, items)


def _measure(server_url: str, items: int) -> Iterator[Row]:
    """Measure at one size of the catalogue."""
    sizes = synthetic.Sizes(items=items, users=USERS)
    limit = _faiss_users_a_second(sizes)
    with installed(server_url) as url, connect(url) as connection:
        synthetic.load(connection, sizes, SEED)
        yield _build_cells(connection, items)
        connection.execute("vacuum analyze")
        connection.execute("select jophiel.tune_probes()")  # as the batch does after cells were built
        _recompute_everybody(connection)  # the first time inserts, and warms the caches
        speed = USERS / _recompute_everybody(connection)
        yield Row(
            "recompute",
            f"recompute, {items:,} items: users a CPU second",
            f"{speed:,.0f}",
            f"Faiss Flat top 400: {limit:,.0f}",
            speed / limit,
            GOALS.get(items),
        )
        yield from _overlap(connection, items)


def _faiss_users_a_second(sizes: synthetic.Sizes) -> float:
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(synthetic.DIMENSIONS)
    for _, _, _, offers in synthetic.item_blocks(sizes, SEED):
        index.add(offers)
    tastes = synthetic.tastes(sizes.users, SEED + 1)[:QUERIES]
    best = float("inf")
    for _ in range(2):
        begin = time.process_time()
        index.search(tastes, 400)
        best = min(best, time.process_time() - begin)
    return QUERIES / best


def _build_cells(connection: Connection, items: int) -> Row:
    begin = cpu_seconds(connection)
    cells = value(connection, "select jophiel.build_cells()")
    seconds = cpu_seconds(connection) - begin
    return Row(
        "recompute", f"build_cells, {items:,} items: CPU seconds", f"{seconds:,.0f}", f"{cells:,} cells", seconds
    )


def _recompute_everybody(connection: Connection) -> float:
    begin = cpu_seconds(connection)
    for first in range(1, USERS + 1, CHUNK):
        connection.execute("select jophiel.recompute_feeds(%s)", [list(range(first, first + CHUNK))])
    return cpu_seconds(connection) - begin


def _overlap(connection: Connection, items: int) -> Iterator[Row]:
    rows = connection.execute(
        "select measure, users, mean, minimum from jophiel.calibrate(null, %s)", [200 if items <= 100_000 else 50]
    ).fetchall()
    for measure, users, mean, minimum in rows:
        for name, share, goal in (("mean", mean, 0.98), ("minimum", minimum, 0.90)):
            yield Row(
                "recompute",
                f"{measure} of the top 200, {items:,} items: {name}",
                f"{share:.4f}",
                f"exact, {users} users",
                share,
                goal if measure == "overlap" else None,
            )
