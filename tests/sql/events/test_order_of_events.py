"""The promise of events: the state depends on what happened, not on when, in which calls or how often we heard."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.rows import namedtuple_row

from tests.sql.events.messages import event, ingest

if TYPE_CHECKING:
    from collections.abc import Sequence

USERS = (1, 2, "ann")
ITEMS = (10, 11, 12, "song")
CREATORS = (101, 102, 2)
AT = "2026-01-03T00:00:00Z"

_numbers = st.integers(1, 2**64)
_times = st.one_of(st.integers(0, 4), st.integers(0, 100_000))
_users = st.sampled_from(USERS)
_items = st.sampled_from(ITEMS)
_interactions = st.builds(
    event,
    st.sampled_from(["like", "unlike", "dislike", "undislike", "share", "comment", "like", "unlike"]),
    _times,
    _numbers,
    user_id=_users,
    sample_id=_items,
)
_plays = st.builds(
    event,
    st.sampled_from(["play", "skip", "view", "click"]),
    _times,
    _numbers,
    user_id=_users,
    sample_id=_items,
    duration_seconds=st.sampled_from([None, 0, 7.5, 20, 100]),
)
_boards = st.builds(
    event,
    st.sampled_from(["add_to_board", "add_to_board", "remove_from_board"]),
    _times,
    _numbers,
    user_id=_users,
    sample_id=_items,
    board_id=st.sampled_from([7, "mine"]),
)
_creators = st.sampled_from(CREATORS)
_follows = st.builds(event, st.just("follow"), _times, _numbers, user_id=_users, followed_user_id=_creators)
_unfollows = st.builds(event, st.just("unfollow"), _times, _numbers, user_id=_users, unfollowed_user_id=_creators)
_metadata = st.fixed_dictionaries(
    {
        "tags": st.lists(st.sampled_from(["jazz", "folk", "dub"]), max_size=2),
        "titulo": st.sampled_from(["blue", "red"]),
    },
    optional={"bpm": st.integers(60, 200)},
)
_puts = st.builds(
    event,
    st.sampled_from(["sample.lifecycle.created", "sample.lifecycle.updated"]),
    _times,
    _numbers,
    sample_id=_items,
    creator_id=_creators,
    metadata=_metadata,
)
_removals = st.builds(event, st.just("sample.lifecycle.deleted"), _times, _numbers, sample_id=_items)
_profiles = st.builds(
    lambda name, at, number, fields: event(name, at, number, **fields),
    st.sampled_from(["user.lifecycle.created", "user.lifecycle.updated"]),
    _times,
    _numbers,
    st.fixed_dictionaries(
        {"user_id": _users},
        optional={
            "interests": st.sampled_from([[], ["jazz"], ["folk", "dub"], None]),
            "locale": st.sampled_from(["es", "en", None]),
            "age": st.sampled_from([None, 1, 2]),
            "profile": st.sampled_from([{"age": 3}, {"city": "Vigo"}, {"city": None}, None]),
        },
    ),
)
_farewells = st.builds(event, st.just("user.lifecycle.deleted"), _times, _numbers, user_id=_users)
_any_event = st.one_of(
    _interactions,
    _interactions,
    _plays,
    _boards,
    _follows,
    _unfollows,
    _puts,
    _puts,
    _removals,
    _profiles,
    _farewells,
)
_events = st.lists(_any_event, min_size=5, max_size=30, unique_by=lambda message: str(message["event_id"]))

# Configuration stays.
TABLES = (
    "users, follows, interactions, tastes, feeds, feed_marks, collections, collection_items, keys, items, "
    "item_signals, item_vectors, item_stats, creators, creator_changes, item_changes, inbox, user_fields, "
    "user_tombstones, item_events, recommendation_cache"
)


def _clear(db: psycopg.Connection[Any]) -> None:
    db.execute("truncate " + ", ".join(f"jophiel.{name}" for name in TABLES.split(", ")))


def _state(db: psycopg.Connection[Any]) -> list[Any]:
    """What all users' checksums are, and the catalogue."""
    users = db.execute(
        "select u.key, jophiel.state_checksum(u.key, %s) from unnest(%s::text[]) as u (key)",
        (AT, [str(user) for user in USERS]),
    ).fetchall()
    items = db.execute(
        "select i.item_id, i.deleted_at is null, i.creator_id, i.title, i.tags, i.metadata, "
        "case when i.deleted_at is null then i.created_at end, v.created_epoch, v.offer::text, s.signal::text "
        "from jophiel.items as i left join jophiel.item_vectors as v using (item_id) "
        "left join jophiel.item_signals as s using (item_id) order by 1"
    ).fetchall()
    return [*users, *items]


def _tell(db: psycopg.Connection[Any], told: list[dict[str, Any]], draw: random.Random) -> None:
    """Some of them twice, in an order and in calls drawn from the seed."""
    told = told + [message for message in told if draw.random() < 0.2]
    draw.shuffle(told)
    while told:
        size = draw.choice([1, 1, 2, 5, 40])
        assert "rejected" not in ingest(db, *told[:size])
        del told[:size]


def _why(db: psycopg.Connection[Any]) -> Sequence[Any]:
    """What the checksums are of."""
    return db.execute(
        "select u.key, jophiel._user_state(jophiel.key_id(u.key), t, %s) from unnest(%s::text[]) as u (key) "
        "left join jophiel.tastes as t on t.user_id = jophiel.key_id(u.key)",
        (AT, [str(user) for user in USERS]),
    ).fetchall()


def test_any_order_and_any_calls_give_the_same_state(db: psycopg.Connection[Any]) -> None:
    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(told=_events, seeds=st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
    def holds(told: list[dict[str, Any]], seeds: tuple[int, int]) -> None:
        found = []
        for seed in seeds:
            _clear(db)
            _tell(db, told, random.Random(seed))
            found.append((_state(db), _why(db)))
        assert found[0][0] == found[1][0], (told, found)

    holds()


def _told_by_many(url: str, told: list[dict[str, Any]], writers: int) -> None:
    """Everything twice, by writers of their own; whoever is told to try again does."""

    def write(seed: int) -> None:
        draw = random.Random(seed)
        mine = told[seed % (writers // 2) :: writers // 2]
        draw.shuffle(mine)
        with psycopg.connect(url, autocommit=True, row_factory=namedtuple_row) as connection:
            while mine:
                size = draw.choice([1, 2, 5, 10])
                try:
                    ingest(connection, *mine[:size])
                except psycopg.errors.SerializationFailure:
                    continue
                del mine[:size]

    with ThreadPoolExecutor(writers) as pool:
        for done in [pool.submit(write, seed) for seed in range(writers)]:
            done.result()


def test_eight_writers_at_once_give_the_same_state(db: psycopg.Connection[Any], database_url: str) -> None:
    found: list[list[dict[str, Any]]] = []

    @settings(
        max_examples=5,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(told=st.lists(_any_event, min_size=200, max_size=200, unique_by=lambda message: str(message["event_id"])))
    def draw(told: list[dict[str, Any]]) -> None:
        found.append(told)

    draw()
    told = found[-1]
    _tell(db, told, random.Random(1))
    wanted, why = _state(db), _why(db)
    for _ in range(2):
        _clear(db)
        _told_by_many(database_url, told, 8)
        assert _state(db) == wanted, [(one, other) for one, other in zip(why, _why(db), strict=True) if one != other]
