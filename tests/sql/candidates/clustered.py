"""Clustered items and people, as many as it takes for cells to be worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sql.feeds import world

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

ITEMS = 12_000
USERS = 40


def set_setting(db: Connection, name: str, value: float) -> None:
    """Change a setting of the engine."""
    db.execute("update jophiel.settings set value = to_jsonb(%s::float8) where name = %s", (value, name))


def clustered(db: Connection, items: int = ITEMS) -> None:
    """Items around 150 centres by 600 creators, and users whose tastes are sums of signals, with 18 follows each."""
    db.execute("select set_config('jophiel.now', %s, false), setseed(0.25)", (world.NOW,))
    set_setting(db, "content_dimensions", 24)
    set_setting(db, "collaborative_dimensions", 8)
    statements = f"""create temp table centres as
            select g, public.l2_normalize(array_agg(random() - 0.5)::real[]::public.vector) as centre
              from generate_series(0, 149) as g, generate_series(1, 24) as d group by g;
            create temp table noise as
            select n, public.l2_normalize(array_agg(random() - 0.5)::real[]::public.vector) as noise
              from generate_series(0, 1999) as n, generate_series(1, 24) as d group by n;
            insert into jophiel.items (item_id, creator_id, created_at, updated_at)
            select n, 1 + (random() * 600)::int, '{world.NOW}'::timestamptz - random() * interval '300 days', now()
              from generate_series(1, {items}) as n;
            insert into jophiel.item_vectors (item_id, creator_id, created_epoch, domain, offer)
            select i.item_id, i.creator_id, extract(epoch from i.created_at), 'default',
                   public.l2_normalize(c.centre + array_fill(0.6, array[24])::public.vector * e.noise)::public.halfvec
                   || array_fill(0, array[8])::public.halfvec
              from jophiel.items as i
              join centres as c on c.g = i.item_id % 150
              join noise as e on e.n = (hashint8(i.item_id)::bigint + 2147483648) % 2000;
            insert into jophiel.users (user_id, created_at, updated_at)
            select n, now(), now() from generate_series(1, {USERS}) as n;
            insert into jophiel.tastes (user_id, taste, as_of, mass, event_count, version)
            select u.user_id, public.sum(h.offer::public.vector), now(), 10, 10, 1
              from jophiel.users as u
              join jophiel.item_vectors as h on h.item_id % 150
                   in (u.user_id % 150, u.user_id * 7 % 150, u.user_id * 11 % 150)
               and h.item_id < 1500
             group by u.user_id;
            insert into jophiel.follows (user_id, creator_id, happened_at, event_id)
            select u.user_id, 1 + (u.user_id * 31 + n * 17) % 600, now(), gen_random_uuid()
              from jophiel.users as u, generate_series(1, 18) as n;
            analyze"""  # noqa: S608 - numbers of this file
    db.execute(statements.encode())
