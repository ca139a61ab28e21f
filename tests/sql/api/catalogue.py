"""Items with vectors that a test chooses, so that every score can be computed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

CONTENT = 128
LENGTH = 192


def vector(*content: float, collaborative: Sequence[float] = ()) -> str:
    """A vector as text: the first numbers of the content block and of the collaborative block, the rest 0."""
    numbers = [0.0] * LENGTH
    numbers[: len(content)] = content
    numbers[CONTENT : CONTENT + len(collaborative)] = collaborative
    return str(numbers)


def put_item(
    db: psycopg.Connection[Any],
    item_id: int,
    content: str | None,
    *,
    title: str = "",
    domain: str = "default",
    created_at: str = "2026-01-01T00:00:00Z",
) -> None:
    """Write an item and, unless `content` is None, its vectors, whatever it was before."""
    db.execute(
        """insert into jophiel.items as i (item_id, domain, title, search, created_at, updated_at)
           values (%(item)s, %(domain)s, %(title)s, to_tsvector('simple', jophiel._fold(%(title)s)), %(at)s, %(at)s)
           on conflict (item_id) do update set title = excluded.title, search = excluded.search, deleted_at = null""",
        {"item": item_id, "domain": domain, "title": title, "at": created_at},
    )
    if content is None:
        return
    parameters = {"item": item_id, "domain": domain, "at": created_at, "vector": content}
    db.execute(
        """insert into jophiel.item_signals (item_id, version, signal) values (%(item)s, 0, %(vector)s)
           on conflict (item_id) do update set signal = excluded.signal""",
        parameters,
    )
    db.execute(
        """insert into jophiel.item_vectors (item_id, created_epoch, domain, offer)
           values (%(item)s, extract(epoch from %(at)s::timestamptz), %(domain)s, %(vector)s)
           on conflict (item_id) do update set offer = excluded.offer""",
        parameters,
    )


def tombstone(db: psycopg.Connection[Any], item_id: int) -> None:
    """Delete an item as the catalogue does: its row and its signal stay."""
    db.execute("update jophiel.items set deleted_at = now() where item_id = %s", (item_id,))
    db.execute("delete from jophiel.item_vectors where item_id = %s", (item_id,))


def put_many(db: psycopg.Connection[Any], count: int) -> None:
    """Write items 1 to `count`, spread evenly: tag, genre, creator and word of n modulo 500."""
    db.execute(
        """insert into jophiel.items
             (item_id, creator_id, title, tags, metadata, search, created_at, updated_at)
           select n, n %% 500, 'common word' || n %% 500, array['Tag' || n %% 500, 'common'],
                  jsonb_build_object('genre', 'g' || n %% 500, 'kind', 'common'),
                  to_tsvector('simple', 'common word' || n %% 500),
                  timestamptz '2026-01-01T00:00:00Z' + n * interval '1 minute', now()
             from generate_series(1, %s) as n""",
        (count,),
    )
    db.execute("analyze jophiel.items")
    db.execute("vacuum jophiel.items")


def index_scans(db: psycopg.Connection[Any], index: str) -> int:
    """How often an index has been scanned so far, this connection's scans included."""
    db.execute("select pg_stat_force_next_flush()")
    row = db.execute("select idx_scan from pg_stat_user_indexes where indexrelname = %s", (index,)).fetchone()
    assert row is not None
    return int(row[0])


def table_scans(db: psycopg.Connection[Any], table: str) -> int:
    """How often a table has been read from end to end."""
    db.execute("select pg_stat_force_next_flush()")
    row = db.execute("select seq_scan from pg_stat_user_tables where relname = %s", (table,)).fetchone()
    assert row is not None
    return int(row[0])
