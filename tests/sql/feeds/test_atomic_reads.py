"""Whoever reads a feed while it is made anew sees the old one or the new one, whole.

JOPHIEL_READS says how many reads; `make campaign-reads` makes a million.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]

READS = int(os.environ.get("JOPHIEL_READS", "20000"))
SIZE = 100
READERS = 2
# Reads a call: one statement that lasted would keep each old version of the row alive, and every read pass them all.
CHUNK = 500

# Reads through get_feed() and the view in turn, each a statement with a snapshot of its own. A good feed is complete,
# in order, without doubles, of one generation, and one of the two that the writer makes by turns.
_READER = """
create function pg_temp.read(p_reads integer, p_odd text, p_even text, out bad bigint, out generations bigint[])
  language plpgsql
  volatile
as $$
declare
  v_measures constant text :=
    'select count(*) as items, count(distinct f.item_id) as unlike, count(distinct f.generation) as versions,
            min(f.generation) as generation,
            md5(string_agg(f.item_id || '':'' || f.score, '','' order by f.rank)) as digest,
            array_agg(f.item_id order by f.rank) = array_agg(f.item_id order by f.score desc, f.item_id) as is_sorted
       from ';
  v_page record;
begin
  bad := 0;
  generations := '{}';
  for v_read in 1 .. p_reads loop
    execute v_measures || case when mod(v_read, 2) = 0 then 'jophiel.get_feed(1::bigint, ''main'', 1000) as f'
                               else 'jophiel.user_feed_recommendations as f where f.user_id = 1' end
       into v_page;
    if v_page.items = 100 and v_page.unlike = 100 and v_page.versions = 1 and v_page.is_sorted and v_page.generation > 0
       and v_page.digest = (case when mod(v_page.generation, 2) = 1 then p_odd else p_even end) then
      if v_page.generation <> all (generations) then
        generations := v_page.generation || generations;
      end if;
    else
      bad := bad + 1;
    end if;
  end loop;
end;
$$
"""


@pytest.fixture
def feed(db: Connection) -> Connection:
    """User 1, whose feed has the generation 1 of a taste to the east; items from the east to the north."""
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1 - n / 256, n / 256)) for n in range(1, SIZE + 21)])
    world.put_user(db, 1, vector(1))
    db.execute("select jophiel.define_feed('main', %s)", (f'{{"size": {SIZE}}}',))
    world.recompute(db, 1)
    return db


def digest(db: Connection) -> str:
    return str(
        world.scalar(
            db,
            "select md5(string_agg(item_id || ':' || score, ',' order by rank)) "
            "from jophiel.get_feed(1::bigint, 'main', 1000)",
        )
    )


def turn(db: Connection, step: int) -> None:
    """Turn the taste to the north in odd steps, to the east in even ones."""
    taste = vector(0, 1) if step % 2 else vector(1)
    db.execute("update jophiel.tastes set taste = %s::real[]::public.vector, version = version + 1", (taste,))


def write_whole(db: Connection, step: int) -> None:
    turn(db, step)
    db.execute("select jophiel.recompute_feed(1)")


def write_in_two_steps(db: Connection, step: int) -> None:
    """What recompute_feed does not do: take the feed away and bring the next one."""
    turn(db, step)
    row = db.execute("delete from jophiel.feeds returning *").fetchone()
    assert row is not None
    compute = "select item_ids, scores from jophiel._compute_feeds('{1}', 'main', jophiel._now())"
    new = db.execute(compute).fetchone()
    assert new is not None
    db.execute(
        "insert into jophiel.feeds values (1, 'main', %s, %s, %s, %s, %s, %s)",
        (row.generation + 1, row.computed_at, row.taste_version + 1, row.inputs_hash, new.item_ids, new.scores),
    )


def campaign(db: Connection, url: str, write: Callable[[Connection, int], None], reads: int) -> tuple[int, int]:
    """Read while `write` is called again and again; return how many reads were bad, how many generations seen."""
    odd = digest(db)
    turn(db, 1)
    world.recompute(db, 1)
    even = digest(db)
    assert odd != even
    turn(db, 2)
    world.recompute(db, 1)
    ended = threading.Event()

    def writer() -> None:
        with psycopg.connect(url, autocommit=True, row_factory=psycopg.rows.namedtuple_row) as own:
            own.execute("select set_config('jophiel.now', %s, false)", (world.NOW,))
            step = 3
            while not ended.is_set():
                write(own, step)
                step += 1

    def reader() -> tuple[int, set[int]]:
        bad, generations = 0, set()
        with psycopg.connect(url, autocommit=True) as own:
            own.execute("select set_config('jophiel.now', %s, false)", (world.NOW,))
            own.execute(_READER.encode())
            for begin in range(0, reads // READERS, CHUNK):
                count = min(CHUNK, reads // READERS - begin)
                row = own.execute("select * from pg_temp.read(%s, %s, %s)", (count, odd, even)).fetchone()
                assert row is not None
                bad += row[0]
                generations.update(row[1])
        return bad, generations

    with ThreadPoolExecutor(READERS + 1) as pool:
        writing = pool.submit(writer)
        try:
            results = [done.result() for done in [pool.submit(reader) for _ in range(READERS)]]
        finally:
            ended.set()
        writing.result()
    return sum(bad for bad, _ in results), len(set.union(*(seen for _, seen in results)))


@pytest.mark.timeout(max(1800, READS // 100))
def test_no_reader_ever_sees_a_feed_half_written(feed: Connection, database_url: str) -> None:
    bad, generations = campaign(feed, database_url, write_whole, READS)

    print(f"{READS} reads over {generations} generations, {bad} bad")
    assert bad == 0
    assert generations >= 10


def test_a_writer_in_two_steps_is_caught(feed: Connection, database_url: str) -> None:
    """The control: the same reader finds the fault in a writer that has one."""
    bad, _ = campaign(feed, database_url, write_in_two_steps, 2000)

    assert bad > 0
