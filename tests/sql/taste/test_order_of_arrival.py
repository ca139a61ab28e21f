"""The promise of the taste: it depends on what happened, not on when or how often we heard of it."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.taste import model
from tests.sql.taste.model import Event

if TYPE_CHECKING:
    import psycopg

USERS = (1, 2)

# Few places in time, so that events tie, and far apart, so that some age a taste by more than a half-life.
_times = st.one_of(
    st.integers(0, 3).map(lambda hours: model.START + timedelta(hours=hours)),
    st.integers(-400, 400).map(lambda days: model.START + days * model.DAY),
)
_ids = st.integers(0, 2**32).map(lambda number: uuid.UUID(int=number))
_weights = st.one_of(st.none(), st.sampled_from([-100.0, -0.25, 0.0, 1e-9, 0.5, 2.0, 100.0]))
_interactions = st.builds(
    Event,
    user=st.sampled_from(USERS),
    subject=st.sampled_from([1, 1, 1, 2, 3, 4, 9]),
    type=st.sampled_from([*sorted(model.WEIGHTS), *["like", "unlike", "share"] * 4]),
    at=_times,
    id=_ids,
    weight=_weights,
)
# On two boards, and on none that is known.
_boards = st.builds(
    Event,
    user=st.sampled_from(USERS),
    subject=st.sampled_from([1, 1, 2]),
    type=st.sampled_from(["add_to_board", "remove_from_board"]),
    at=_times,
    id=_ids,
    collection=st.sampled_from([None, 5, 6]),
)
_follows = st.builds(
    Event,
    user=st.sampled_from(USERS),
    subject=st.sampled_from([101, 101, 101, 102, 109]),
    type=st.sampled_from(["follow", "unfollow"]),
    at=_times,
    id=_ids,
)
_events = st.lists(
    st.one_of(_interactions, _interactions, _interactions, _boards, _follows),
    min_size=6,
    max_size=40,
    unique_by=lambda e: (e.user, e.id),
)


def _play(db: psycopg.Connection[Any], events: list[Event], seed: int) -> None:
    """Record the events, some of them twice, in an order and in batches drawn from the seed."""
    db.execute("truncate jophiel.interactions, jophiel.follows, jophiel.tastes, jophiel.users")
    draw = random.Random(seed)
    told = events + [e for e in events if draw.random() < 0.2]
    draw.shuffle(told)
    while told:
        size = draw.choice([1, 1, 2, 5, 40])
        model.record(db, told[:size])
        del told[:size]


def _check(db: psycopg.Connection[Any], events: list[Event]) -> None:
    wanted = model.active(events)
    logged = db.execute("select user_id, event_id from jophiel.interactions where is_active").fetchall()
    followed = db.execute("select user_id, event_id from jophiel.follows where is_active").fetchall()
    assert {tuple(row) for row in logged + followed} == wanted
    stale = {r.user_id for r in db.execute("select user_id from jophiel.tastes where stale_since is not null")}
    known = {r.user_id for r in db.execute("select user_id from jophiel.tastes")}
    assert known == {e.user for e in events}
    for user in known:
        if user not in stale:
            model.assert_equal(model.taste(db, user), model.expected(events, user))
    model.rebuild(db, *known)
    for user in known:
        model.assert_equal(model.taste(db, user), model.expected(events, user))


def test_any_order_gives_the_same_taste(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    # Times to come are as good as any for a sum.
    db.execute("update jophiel.settings set value = '3000000000' where name = 'event_future_seconds'")

    @settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(events=_events, seeds=st.tuples(st.integers(0, 1000), st.integers(0, 1000)))
    def holds(events: list[Event], seeds: tuple[int, int]) -> None:
        for seed in seeds:
            _play(db, events, seed)
            _check(db, events)

    holds()


def test_a_long_life_in_order_never_underflows(db: psycopg.Connection[Any]) -> None:
    """Twenty years, an event a month: every one ages the taste by half a half-life."""
    model.furnish(db)
    # Times to come are as good as any for a sum.
    db.execute("update jophiel.settings set value = '3000000000' where name = 'event_future_seconds'")
    events = [
        Event(1, 1 if number == 0 else 2, "share", model.START + 30 * number * model.DAY, uuid.UUID(int=number))
        for number in range(240)
    ]
    for event in events:
        model.record(db, [event])
    model.assert_equal(model.taste(db, 1), model.expected(events, 1))
