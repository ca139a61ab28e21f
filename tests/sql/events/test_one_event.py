"""jophiel.ingest_event: a lane of its own for one event, whose answers are those for many."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.sql.events.messages import event, ingest
from tests.sql.events.test_order_of_events import AT, TABLES

USERS = (1, 2, 3, "4", "ann", "007", -5)
ITEMS = (10, 11, 12, "13", "song", 99)
KINDS = ("like", "like", "unlike", "dislike", "undislike", "share", "comment", "play", "play", "skip", "view", "click")
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "board": ("add_to_board", {}),
    "off board": ("remove_from_board", {}),
    "follow": ("follow", {"followed_user_id": 101}),
    "put": ("sample.lifecycle.updated", {"creator_id": 101, "metadata": {"tags": ["a"]}}),
    "delete": ("sample.lifecycle.deleted", {}),
    "profile": ("user.lifecycle.updated", {"age": 7}),
    "leave": ("user.lifecycle.deleted", {}),
}
SECONDS: tuple[Any, ...] = (None, 0, 7.5, 20, 100, 1e-7)
FAULTS: tuple[dict[str, Any], ...] = (
    {"event_id": None},
    {"event_id": "00000000-0000-0000-0000-000000000000"},
    {"event_id": "123"},
    {"event_id": 7},
    {"event_id": "0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0g"},
    {"event_name": "user.interaction.hug"},
    {"event_name": None},
    {"event_name": {}},
    {"event_timestamp": "2026-02-30T00:00:00Z"},
    {"event_timestamp": "2026-13-01T00:00:00Z"},
    {"event_timestamp": "1970-01-01T23:59:59Z"},
    {"event_timestamp": "2999-01-01T00:00:00Z"},
    {"event_timestamp": "2026-01-01T25:00:00Z"},
    {"event_timestamp": "2026-01-01T00:00:00,5Z"},
    {"event_timestamp": "yesterday"},
    {"event_timestamp": 1},
    {"source": None},
    {"source": 1},
    {"payload": []},
    {"payload": None},
    {"payload": {}},
    {"payload": {"user_id": 1}},
    {"payload": {"user_id": 1.5, "sample_id": 10}},
    {"payload": {"user_id": 1, "sample_id": 10**18}},
    {"payload": {"user_id": 1, "sample_id": 10**19}},
    {"payload": {"user_id": True, "sample_id": 10}},
    {"payload": {"user_id": 1, "sample_id": ""}},
    {"payload": {"user_id": 1, "sample_id": [10]}},
)
VALID_TIMES = [
    f"2025-{month:02}-{last}T23:59:59.999999Z"
    for month, last in enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1)
]
STRANGE_TIMES = [
    *(f"2025-{month:02}-31T00:00:00Z" for month in (2, 4, 6, 9, 11)),
    "2025-02-30T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2025-00-10T00:00:00Z",
    "2025-10-00T00:00:00Z",
    "2025-10-10T24:00:00Z",
    "2025-10-10T00:60:00Z",
    "2025-10-10T00:00:60Z",
    "2025-10-10T00:00:00Z\n",
    "0025-10-10T00:00:00Z",
    "2025-10-10T00:00:00.Z",
]
BAD_SECONDS: tuple[Any, ...] = (-1, 2e9, "5", True, [])
VARIANTS: tuple[dict[str, Any], ...] = (
    {"event_timestamp": "2026-01-01T02:00:00+02:00"},
    {"event_timestamp": "2026-01-01T00:00:07"},
    {"event_timestamp": "2026-01-01T00:00:60Z"},
    {"event_id": "0B0B0B0B-0B0B-4B0B-8B0B-0B0B0B0B0B0B"},
    {"event_id": "{0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0c}"},
    {"more": "than anybody asked for"},
    {"padding": "x" * 300_000},
)


def _any_event(draw: random.Random) -> Any:
    """One of every kind that there is, sound or not."""
    user, item, at = draw.choice(USERS), draw.choice(ITEMS), draw.choice([0, 1, draw.randrange(10_000_000)])
    number = draw.getrandbits(128)
    kind = draw.choice((*KINDS, *KINDS, *OTHERS, "fault", "seconds", "variant"))
    payload: dict[str, Any] = {"user_id": user, "sample_id": item}
    if kind in ("play", "skip", "view", "click"):
        payload["duration_seconds"] = draw.choice(SECONDS)
    elif kind in OTHERS:
        name, more = OTHERS[kind]
        payload, kind = payload | more | {"board_id": draw.choice([7, "mine"])}, name
    elif kind not in KINDS:
        broken = event("play", at, number, **payload)
        if kind == "seconds":
            broken["payload"]["duration_seconds"] = draw.choice(BAD_SECONDS)
            return broken
        changed = draw.choice(FAULTS if kind == "fault" else VARIANTS)
        return draw.choice([{**broken, **changed}] * 5 + ["nonsense", 7, None, [], {}])
    return event(kind, at, number, **payload)


def _story(draw: random.Random, size: int) -> list[Any]:
    """Items first, that there is something to like, and some of it twice."""
    told = [_any_event(draw) for _ in range(size)]
    told += draw.choices(told, k=size // 8)
    draw.shuffle(told)
    items = [
        event("sample.lifecycle.created", 0, 900 + n, sample_id=item, creator_id=101, metadata={"tags": [f"t{n}"]})
        for n, item in enumerate(ITEMS[:-1])
    ]
    return items + told


def _answers(db: psycopg.Connection[Any], function: str, told: list[Any]) -> list[Any]:
    """What the function says to each event, and what is in the tables after all."""
    db.execute("truncate " + ", ".join(f"jophiel.{name}" for name in TABLES.split(", ")))
    answers = [
        tuple(row)
        for message in told
        for row in db.execute(f"select * from jophiel.{function}", (json.dumps(message),)).fetchall()  # noqa: S608
    ]
    state = db.execute(
        "select u.key, jophiel.state_checksum(u.key, %s) from unnest(%s::text[]) as u (key)",
        (AT, [str(user) for user in USERS]),
    ).fetchall()
    tastes = db.execute(
        "select user_id, as_of, event_count, stale_since is null as is_fresh, recent_events, "
        "round(mass::numeric, 6) as mass from jophiel.tastes order by user_id"
    ).fetchall()
    return [answers, state, tastes]


def _lane(db: psycopg.Connection[Any], message: Any) -> bool:
    row = db.execute("select jophiel._ingest_interaction(%s)", (json.dumps(message),)).fetchone()
    assert row is not None
    return bool(row[0])


@pytest.fixture
def world(db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """Items 1 and 2, and a user 1 who shared the second."""
    items = [{"item_id": n, "creator_id": 101, "tags": [f"tag{n}"]} for n in (1, 2)]
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))
    ingest(db, event("share", 60, user_id=1, sample_id=2))
    return db


@pytest.mark.parametrize("seed", range(3))
def test_one_event_is_answered_as_many_are(db: psycopg.Connection[Any], seed: int) -> None:
    told = _story(random.Random(seed), 250)
    one = _answers(db, "ingest_event(%s)", told)
    many = _answers(db, "_ingest_many(jsonb_build_array(%s::jsonb))", told)
    for message, quick, slow in zip(told, one[0], many[0], strict=True):
        assert quick == slow, message
    assert one[1:] == many[1:]
    assert {row[2] for row in one[0]} == {"applied", "duplicate", "pending", "rejected"}


def test_the_usual_event_takes_the_lane(world: psycopg.Connection[Any]) -> None:
    for kind in ("like", "dislike", "share", "comment", "play", "skip", "view", "click"):
        assert _lane(world, event(kind, user_id=1, sample_id=1)), kind
        assert _lane(world, event(kind, 7.25, user_id="1", sample_id="2", duration_seconds=3.5)), kind
    assert world.execute("select count(*) from jophiel.interactions").fetchone() == (17,)


def test_what_is_not_usual_does_not(world: psycopg.Connection[Any]) -> None:
    like = event("like", user_id=1, sample_id=1)
    assert _lane(world, like)
    for other in (
        like,
        event("like", 1, user_id=1, sample_id=1),
        event("unlike", user_id=1, sample_id=1),
        event("add_to_board", user_id=1, sample_id=1, board_id=7),
        event("follow", user_id=1, followed_user_id=101),
        event("share", user_id=2, sample_id=1),
        event("share", user_id=1, sample_id=3),
        event("share", 10**9, user_id=1, sample_id=1),
        *({**event("share", user_id=1, sample_id=1), **fault} for fault in FAULTS),
        7,
        None,
    ):
        assert not _lane(world, other), other
    world.execute("update jophiel.event_settings set event_bytes = 100")
    assert not _lane(world, event("share", user_id=1, sample_id=1))
    assert world.execute("select count(*) from jophiel.interactions").fetchone() == (2,)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # The same event, a repeated state, and a user who was deleted later than that but did something since.
        (event("like", 0, 5, user_id=1, sample_id=1), event("like", 0, 5, user_id=1, sample_id=1), ("duplicate", 2)),
        (event("like", 9, 6, user_id=1, sample_id=1), event("like", 0, 7, user_id=1, sample_id=1), ("applied", 2)),
        (event("user.lifecycle.deleted", 30, user_id=1), event("like", 9, user_id=1, sample_id=1), ("applied", 1)),
    ],
)
def test_who_waits_for_the_lock_sees_what_was_written(
    world: psycopg.Connection[Any], database_url: str, first: Any, second: Any, expected: tuple[str, int]
) -> None:
    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select * from jophiel.ingest_event(%s)", (json.dumps(first),))
        waiting = pool.submit(_tell, world, second)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        other.commit()
        assert waiting.result(timeout=30) == expected[0]
    counts = world.execute(
        "select (select count(*) from jophiel.interactions where is_active), t.event_count, w.event_count as rebuilt "
        "from jophiel.tastes as t join jophiel._log_tastes('{1}') as w using (user_id)"
    ).fetchall()
    assert counts == [(expected[1],) * 3]


def _tell(db: psycopg.Connection[Any], message: Any) -> str:
    """The outcome; whoever is told to try again does."""
    try:
        return ingest(db, message)[0]
    except psycopg.errors.SerializationFailure:
        return ingest(db, message)[0]


def test_an_event_needs_the_settings(world: psycopg.Connection[Any]) -> None:
    world.execute("delete from jophiel.event_settings")
    for function in ("ingest_event(%s)", "_ingest_many(jsonb_build_array(%s::jsonb))"):
        with pytest.raises(psycopg.Error) as error:
            world.execute(f"select * from jophiel.{function}", (json.dumps(event("play", user_id=1, sample_id=1)),))  # noqa: S608
        assert error.value.sqlstate == "JO001"
    with pytest.raises(psycopg.Error) as error:
        world.execute("select jophiel.record_interaction(1::bigint, 1::bigint, 'play')")
    assert error.value.sqlstate == "JO001"
    world.execute(error.value.diag.message_hint or "")
    assert ingest(world, event("play", user_id=1, sample_id=1))[0] == "applied"


@pytest.mark.parametrize("value", ["0", "-1", "'nan'", "'infinity'", "1e300", "null"])
@pytest.mark.parametrize("setting", ["event_bytes", "reaction_events", "reaction_window", "taste_half_life_days"])
def test_a_setting_that_no_event_can_live_with_is_refused(
    db: psycopg.Connection[Any], setting: str, value: str
) -> None:
    change = f"update jophiel.event_settings set {setting} = {value}"  # noqa: S608
    if (setting, value) == ("reaction_window", "0"):
        db.execute(change)
        return
    with pytest.raises(psycopg.Error):
        db.execute(change)


def test_a_setting_counts_from_the_next_event(world: psycopg.Connection[Any]) -> None:
    def reactions() -> int:
        row = world.execute("select reaction_version from jophiel.tastes where user_id = 1").fetchone()
        assert row is not None
        return int(row[0])

    before = reactions()
    assert _lane(world, event("play", user_id=1, sample_id=1))
    assert reactions() == before
    world.execute("update jophiel.event_settings set reaction_events = 2")
    assert _lane(world, event("play", user_id=1, sample_id=1))
    assert reactions() > before


def test_an_event_is_as_long_from_a_table(world: psycopg.Connection[Any]) -> None:
    world.execute("create temporary table raw (body jsonb)")
    long = {**event("play", user_id=1, sample_id=1), "padding": "x" * 300_000}
    world.execute("insert into raw values (%s)", (json.dumps(long),))
    assert world.execute("select outcome from raw, jophiel.ingest_event(raw.body)").fetchall() == [("rejected",)]


@pytest.mark.parametrize("time", VALID_TIMES)
def test_every_day_of_a_year_takes_the_lane(world: psycopg.Connection[Any], time: str) -> None:
    assert _lane(world, {**event("play", user_id=1, sample_id=1), "event_timestamp": time})


@pytest.mark.parametrize("time", STRANGE_TIMES)
def test_a_time_that_may_not_be_is_left_to_the_other(world: psycopg.Connection[Any], time: str) -> None:
    assert not _lane(world, {**event("play", user_id=1, sample_id=1), "event_timestamp": time})
