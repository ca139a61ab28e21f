"""A small world with known signals, and what a taste in it must be: the definition, written down a second time."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    import psycopg

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
HALF_LIFE = 60 * DAY
FOLLOW = 0.6

# Exact in a halfvec: content block of 4, collaborative block of 2. Item 9 has no signal.
ITEMS: dict[int, tuple[float, ...]] = {
    1: (1, 0, 0, 0, 0, 0),
    2: (0, 1, 0, 0, 0.5, 0),
    3: (0.5, -0.5, 0.5, 0.5, 0, 1),
    4: (0, 0, -1, 0, 0, 0),
}
CREATORS: dict[int, tuple[float, ...]] = {101: (0, 0, 0, 1, 0, 0), 102: (0.5, 0.5, 0.5, 0.5, 0, 0)}

WEIGHTS = {
    "like": 1.0,
    "dislike": -1.0,
    "share": 0.8,
    "comment": 0.8,
    "add_to_board": 0.9,
    "play": 0.2,
    "click": 0.3,
    "view": 0.1,
    "skip": -0.3,
    "unlike": 0.0,
    "undislike": 0.0,
    "remove_from_board": 0.0,
}
CANCELS = {"unlike": "like", "undislike": "dislike", "remove_from_board": "add_to_board"}
STATES = {"like", "dislike", "add_to_board", *CANCELS}


@dataclass(frozen=True)
class Event:
    """An interaction, or a follow or unfollow, where `subject` is the creator."""

    user: int
    subject: int
    type: str
    at: datetime
    id: uuid.UUID
    weight: float | None = None
    collection: int | None = None

    @property
    def is_follow(self) -> bool:
        """Whether it goes into the follows and not into the log."""
        return self.type in {"follow", "unfollow"}


class Taste(NamedTuple):
    """A row of jophiel.tastes, as far as it follows from the log."""

    vector: tuple[float, ...]
    as_of: datetime
    mass: float
    event_count: int


def furnish(db: psycopg.Connection[Any]) -> None:
    """Put the items' signals and the creators' centroids into an empty database."""
    db.execute("update jophiel.settings set value = '4' where name = 'content_dimensions'")
    db.execute("update jophiel.settings set value = '2' where name = 'collaborative_dimensions'")
    for item, signal in ITEMS.items():
        add_signal(db, item, signal)
    for creator, signal in CREATORS.items():
        db.execute(
            "insert into jophiel.creators (creator_id, item_count, signal, updated_at) "
            "values (%s, 1, %s::real[]::vector, now())",
            (creator, [float(s) for s in signal]),
        )


def add_signal(db: psycopg.Connection[Any], item: int, signal: Sequence[float]) -> None:
    """Give an item a signal."""
    db.execute(
        "insert into jophiel.item_signals (item_id, version, signal) values (%s, 0, %s::real[]::vector)",
        (item, [float(s) for s in signal]),
    )


def record(db: psycopg.Connection[Any], events: Iterable[Event]) -> None:
    """Record events in their order: runs of interactions and runs of follows are one call each."""
    run: list[Event] = []
    for event in [*events, None]:
        if run and (event is None or event.is_follow != run[0].is_follow):
            _call(db, run)
            run = []
        if event is not None:
            run.append(event)


def _call(db: psycopg.Connection[Any], events: list[Event]) -> None:
    rows = [
        {
            "user_id": e.user,
            "creator_id" if e.is_follow else "item_id": e.subject,
            "type": e.type,
            "weight": e.weight,
            "ts": e.at.isoformat(),
            "event_id": str(e.id),
            "details": None if e.collection is None else {"collection_id": e.collection},
        }
        for e in events
    ]
    name = "follow_many" if events[0].is_follow else "record_interactions"
    db.execute(f"select count(*) from jophiel.{name}(%s)", (json.dumps(rows),))  # noqa: S608


def active(events: Iterable[Event]) -> set[tuple[int, uuid.UUID]]:
    """Which of the events count: of a state only the latest, and only if it sets."""
    unique = {(e.user, e.id): e for e in events}
    latest: dict[tuple[Any, ...], Event] = {}
    counted = set()
    for key, event in unique.items():
        if not event.is_follow and event.type not in STATES:
            counted.add(key)
            continue
        state = "follow" if event.is_follow else CANCELS.get(event.type, event.type)
        register = (event.user, event.subject, state, event.collection)
        if register not in latest or (event.at, event.id) > (latest[register].at, latest[register].id):
            latest[register] = event
    sets = {(e.user, e.id) for e in latest.values() if e.type not in CANCELS and e.type != "unfollow"}
    return counted | sets


def expected(events: Iterable[Event], user: int, half_life: timedelta = HALF_LIFE) -> Taste:
    """The taste that the events make."""
    events = list(events)
    keys = active(events)
    mine = [e for key, e in {(e.user, e.id): e for e in events if e.user == user}.items() if key in keys]
    if not mine:
        return Taste((0.0,) * 6, EPOCH, 0.0, 0)
    as_of = max(e.at for e in mine)
    vector = [0.0] * 6
    mass = 0.0
    for event in mine:
        signal = (CREATORS if event.is_follow else ITEMS).get(event.subject)
        if signal is None:
            continue
        weight = FOLLOW if event.is_follow else WEIGHTS[event.type] if event.weight is None else event.weight
        if abs(weight) < 1e-6:  # too little to count
            weight = 0.0
        weight *= 2.0 ** -((as_of - event.at) / half_life)
        mass += abs(weight)
        vector = [v + weight * s for v, s in zip(vector, signal, strict=True)]
    return Taste(tuple(vector), as_of, mass, len(mine))


def taste(db: psycopg.Connection[Any], user: int) -> Taste:
    """The taste that is stored."""
    row = db.execute(
        "select taste::real[] as vector, as_of, mass, event_count from jophiel.tastes where user_id = %s", (user,)
    ).fetchone()
    assert row is not None
    return Taste(tuple(row.vector), row.as_of, row.mass, row.event_count)


def rebuild(db: psycopg.Connection[Any], *users: int) -> None:
    """Rebuild tastes from the log."""
    db.execute("select jophiel._rebuild_tastes(%s::bigint[])", (list(users),))


def assert_equal(found: Taste, wanted: Taste) -> None:
    """Vectors agree to 1e-4 of their length, or of the mass where likes and dislikes have cancelled out."""
    assert found.as_of == wanted.as_of
    assert found.event_count == wanted.event_count
    assert math.isclose(found.mass, wanted.mass, rel_tol=1e-6, abs_tol=1e-12)
    length = math.hypot(*wanted.vector)
    scale = length if length > 0.1 * wanted.mass else wanted.mass
    assert math.dist(found.vector, wanted.vector) <= 1e-4 * scale + 1e-12
