"""A small world whose vectors a test chooses: a content block of 4, a collaborative block of 2, scores by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

CONTENT = 4
LENGTH = 6
NOW = "2026-02-01T00:00:00Z"


class Item(NamedTuple):
    """A row of item_vectors; `hours`: its age at NOW."""

    item_id: int
    offer: Sequence[float]
    creator_id: int | None = None
    hours: float = 1e6
    domain: str = "default"
    popularity: float = 0


def furnish(db: psycopg.Connection[Any]) -> None:
    """Set the lengths of the blocks and stop the clock."""
    db.execute("update jophiel.settings set value = '4' where name = 'content_dimensions'")
    db.execute("update jophiel.settings set value = '2' where name = 'collaborative_dimensions'")
    db.execute("update jophiel.settings set value = '1' where name = 'hash_dimensions'")
    db.execute("select set_config('jophiel.now', %s, false)", (NOW,))


def vector(*content: float, collaborative: Sequence[float] = ()) -> list[float]:
    """A vector from the first numbers of its blocks; the rest is 0."""
    blocks = [*content, *[0.0] * (CONTENT - len(content)), *collaborative]
    return [float(number) for number in [*blocks, *[0.0] * (LENGTH - len(blocks))]]


def put_items(db: psycopg.Connection[Any], items: Iterable[Item]) -> None:
    """Write items with their vectors and popularity, whatever they were before."""
    db.execute(
        """with given as (
             select r.*, r.offer::public.vector::public.halfvec as vector,
                    %s::timestamptz - r.hours * interval '1 hour' as created_at
               from json_to_recordset(%s) as r
                    (item_id bigint, offer real[], creator_id bigint, hours float8, domain text, popularity real)
           ), item as (
             insert into jophiel.items (item_id, domain, creator_id, created_at, updated_at)
             select item_id, domain, creator_id, created_at, created_at from given
             on conflict (item_id) do update
             set (domain, creator_id, created_at) = (excluded.domain, excluded.creator_id, excluded.created_at)
           ), signal as (
             insert into jophiel.item_signals (item_id, version, signal) select item_id, 0, vector from given
             on conflict (item_id) do update set signal = excluded.signal
           ), stat as (
             insert into jophiel.item_stats (item_id, popularity, updated_at)
             select item_id, popularity, now() from given where popularity > 0
             on conflict (item_id) do update set popularity = excluded.popularity
           )
           insert into jophiel.item_vectors (item_id, creator_id, created_epoch, domain, offer)
           select item_id, creator_id, extract(epoch from created_at), domain, vector from given
           on conflict (item_id) do update
           set (creator_id, created_epoch, domain, offer)
             = (excluded.creator_id, excluded.created_epoch, excluded.domain, excluded.offer)""",
        (NOW, json.dumps([item._asdict() for item in items])),
    )


def put_user(
    db: psycopg.Connection[Any],
    user_id: int,
    taste: Sequence[float] | None = None,
    *,
    events: int = 10,
    follows: Sequence[int] = (),
    interests: Sequence[str] = (),
) -> None:
    """Write a user, with a taste of that many events unless it is None."""
    db.execute(
        "insert into jophiel.users (user_id, interests, created_at, updated_at) values (%s, %s, now(), now()) "
        "on conflict (user_id) do update set interests = excluded.interests",
        (user_id, list(interests)),
    )
    if taste is not None:
        db.execute(
            "insert into jophiel.tastes as t (user_id, taste, as_of, mass, event_count, version) "
            "values (%s, %s::real[]::public.vector, now(), 1, %s, 1) "
            "on conflict (user_id) do update "
            "set taste = excluded.taste, event_count = excluded.event_count, version = t.version + 1",
            (user_id, list(taste), events),
        )
    for creator in follows:
        db.execute(
            "insert into jophiel.follows (user_id, creator_id, happened_at, event_id) "
            "values (%s, %s, now(), gen_random_uuid())",
            (user_id, creator),
        )


def act(db: psycopg.Connection[Any], user_id: int, item_id: int, kind: str = "like", *, is_active: bool = True) -> None:
    """Write an interaction into the log, and nothing else."""
    db.execute(
        "insert into jophiel.interactions "
        "(user_id, event_id, item_id, interaction_type, is_active, happened_at, received_at) "
        "values (%s, gen_random_uuid(), %s, %s, %s, %s, now())",
        (user_id, item_id, kind, is_active, NOW),
    )


def feed(db: psycopg.Connection[Any], user: int | str, name: str = "main") -> list[tuple[int, float]]:
    """The whole feed, as get_feed gives it: items with their scores."""
    rows = db.execute("select item_id, score from jophiel.get_feed(%s, %s, 1000)", (user, name))
    return [(row.item_id, row.score) for row in rows]


def recompute(db: psycopg.Connection[Any], user: int | str, name: str = "main") -> list[tuple[int, float]]:
    """Make the feed anew and return it."""
    db.execute("select jophiel.recompute_feed(%s, %s)", (user, name))
    return feed(db, user, name)


def ids(rows: Iterable[tuple[int, float]]) -> list[int]:
    """The items of a feed."""
    return [item for item, _ in rows]


def explanation(db: psycopg.Connection[Any], user: int | str, item: int | str, name: str = "main") -> dict[str, Any]:
    """The rows of explain_score by their component."""
    rows = db.execute("select * from jophiel.explain_score(%s, %s, %s)", (user, item, name)).fetchall()
    return {row.component: row for row in rows}


def total(db: psycopg.Connection[Any], user: int, item: int, name: str = "main") -> float:
    """What the rows of explain_score add up to."""
    return float(sum(row.contribution for row in explanation(db, user, item, name).values()))


def scalar(db: psycopg.Connection[Any], statement: str, *parameters: object) -> Any:
    """The one value of a statement."""
    row = db.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return row[0]


def catalogue(db: psycopg.Connection[Any], count: int = 60) -> None:
    """Give items as an application does: tags, creators 101 to 107, an hour between one and the next, 1 at NOW."""
    db.execute("select set_config('jophiel.now', %s, false)", (NOW,))
    db.execute(
        """select count(*) from jophiel.upsert_items((
             select jsonb_agg(jsonb_build_object(
                      'item_id', n, 'title', 'Item ' || n, 'creator_id', 101 + n %% 7,
                      'tags', jsonb_build_array((array['guitar', 'piano', 'drums', 'synth'])[1 + n %% 4],
                                                (array['sad', 'happy', 'calm'])[1 + n %% 3]),
                      'created_at', %s::timestamptz - (n - 1) * interval '1 hour'))
               from generate_series(1, %s) as n))""",
        (NOW, count),
    )
    db.execute("call jophiel.revectorise()")
