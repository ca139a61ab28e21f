"""Vectors of a whole catalogue by the batch's own functions, ten features an item (the audio schema): is it linear?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench.databases import connect, cpu_seconds, installed, value
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.databases import Connection

AUDIO = Path(__file__).parent.parent / "sql" / "examples" / "audio.sql"
LINEAR = 0.8

# Drawn by hashes, the same in every run: a few known categories, thousands of tags and words of unequal frequency.
ITEMS = """
insert into jophiel.items (item_id, creator_id, title, description, tags, metadata, created_at, updated_at)
select n,
       1000000000 + n / 20,
       concat_ws(' ', w[1], w[2], w[3]),
       concat_ws(' ', w[6], w[7], w[8]),
       array[w[4], w[5]],
       jsonb_build_object(
         'bpm', 60 + d[1] %% 140,
         'genero', jsonb_build_array('genre ' || d[2] %% 29),
         'tipo', 'kind ' || d[3] %% 2,
         'emocion_es', jsonb_build_array('emotion ' || d[4] %% 16),
         'instrumentos', jsonb_build_array('instrument ' || d[5] %% 19),
         'escala', 'scale ' || d[6] %% 2),
       '2026-01-01', '2026-01-01'
  from generate_series(1, %s) as n
 cross join lateral (
         select array_agg(h.draw order by k) as d,
                array_agg('word' || floor(power(20000, h.draw / 2147483648.0)) order by k) as w
           from generate_series(1, 8) as k
          cross join lateral (select abs(hashint8(n * 10 + k)::bigint) as draw) as h) as r
"""


def run(server_url: str, sizes: Sequence[int]) -> Iterator[Row]:
    """Measure at each size, and compare each with the first."""
    first = None
    for items in sizes:
        rate = _items_a_second(server_url, items)
        first = first or rate
        yield Row(
            "vectorise",
            f"vectorisation, {items:,} items with 9 features: items a CPU second",
            f"{rate:,.0f}",
            f"{sizes[0]:,} items: {first:,.0f}",
            rate / first,
            LINEAR if items > sizes[0] else None,
        )


def _items_a_second(server_url: str, items: int) -> float:
    with installed(server_url) as url, connect(url) as connection:
        _load(connection, items)
        begin = cpu_seconds(connection)
        connection.execute("call jophiel.revectorise()")
        seconds = cpu_seconds(connection) - begin
        assert value(connection, "select count(*) from jophiel.item_vectors") == items
        return items / seconds


def _load(connection: Connection, items: int) -> None:
    connection.execute(AUDIO.read_text(encoding="utf-8"))
    connection.execute("delete from jophiel.features where feature = 'description'")
    assert value(connection, "select count(*) from jophiel.features") == 10
    connection.execute(ITEMS, [items])
    connection.execute("analyze")
