"""jophiel.ingest_events: what people did."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.sql.events.messages import START, event, ingest, results
from tests.sql.taste import model

INTERACTIONS = [
    "like",
    "unlike",
    "dislike",
    "undislike",
    "share",
    "comment",
    "play",
    "skip",
    "view",
    "click",
]


@pytest.fixture
def world(db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """Items 1 to 3 of creator 101."""
    items = [{"item_id": n, "creator_id": 101, "tags": [f"tag{n}"]} for n in (1, 2, 3)]
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))
    return db


def test_an_interaction_is_in_the_log_once(world: psycopg.Connection[Any]) -> None:
    for name in INTERACTIONS:
        for user, item in ((7, 1), ("7", "1"), ("ann", "1")):
            world.execute("truncate jophiel.interactions, jophiel.users, jophiel.tastes")
            message = event(name, user_id=user, sample_id=item)
            assert ingest(world, message) == ["applied"]
            assert ingest(world, message) == ["duplicate"]
            assert ingest(world, message, message) == ["duplicate", "duplicate"]
            row = world.execute(
                "select event_id::text, item_id, interaction_type, happened_at, weight from jophiel.interactions"
            ).fetchall()
            assert row == [(message["event_id"], 1, name, START, None)]
            users = world.execute("select jophiel.external_key('user', user_id) from jophiel.users").fetchall()
            assert users == [(str(user),)]


def test_one_event_is_a_row(world: psycopg.Connection[Any]) -> None:
    message = event("like", user_id=1, sample_id=1)
    row = world.execute(
        "select number, event_id::text, outcome, reason from jophiel.ingest_event(%s)", (json.dumps(message),)
    )
    assert row.fetchall() == [(1, message["event_id"], "applied", None)]
    rows = world.execute("select outcome from jophiel.ingest_event('7')").fetchall()
    assert rows == [("rejected",)]


def test_the_outcomes_keep_the_order(world: psycopg.Connection[Any]) -> None:
    like = event("like", user_id=1, sample_id=1)
    told = [
        like,
        event("follow", user_id=1, followed_user_id=101),
        "nonsense",
        like,
        event("play", user_id=2, sample_id=99),
        event("add_to_board", user_id=2, sample_id=99, board_id="b"),
        event("add_to_board", user_id=2, sample_id=1, board_id="b"),
        {},
    ]
    assert ingest(world, *told) == [
        "applied", "applied", "rejected", "duplicate", "pending", "pending", "applied", "rejected"
    ]  # fmt: skip
    assert ingest(world, *told) == [
        "duplicate", "duplicate", "rejected", "duplicate", "duplicate", "duplicate", "duplicate", "rejected"
    ]  # fmt: skip
    assert ingest(world) == []


def test_the_same_event_twice_in_one_call(world: psycopg.Connection[Any]) -> None:
    like = event("like", user_id=1, sample_id=1)
    assert ingest(world, like, like, event("share", user_id=1, sample_id=1)) == ["applied", "duplicate", "applied"]


def test_follows_are_registers(world: psycopg.Connection[Any]) -> None:
    follow = event("follow", 10, user_id=1, followed_user_id="101")
    unfollow = event("unfollow", 20, user_id=1, unfollowed_user_id=101)
    assert ingest(world, unfollow) == ["applied"]
    assert ingest(world, follow) == ["applied"]
    assert ingest(world, follow, unfollow) == ["duplicate", "duplicate"]
    assert world.execute("select creator_id, is_active from jophiel.follows").fetchall() == [(101, False)]


def test_boards_are_registers(world: psycopg.Connection[Any]) -> None:
    add = event("add_to_board", 10, user_id=1, sample_id=1, board_id=5)
    remove = event("remove_from_board", 20, user_id=1, sample_id=1, board_id=5)
    assert ingest(world, remove) == ["applied"]
    assert ingest(world, add) == ["applied"]
    assert ingest(world, add, remove) == ["duplicate", "duplicate"]
    assert world.execute("select collection_id, item_id, is_active from jophiel.collection_items").fetchall() == [
        (5, 1, False)
    ]
    active = world.execute("select interaction_type, is_active from jophiel.interactions order by 1").fetchall()
    assert active == [("add_to_board", False), ("remove_from_board", False)]
    assert ingest(world, event("add_to_board", 30, user_id=1, sample_id=2, board_id="mine")) == ["applied"]
    assert world.execute("select count(*) from jophiel.collections").fetchone() == (2,)


def test_the_taste_moves(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    told = [
        event("like", user_id=1, sample_id=1),
        event("add_to_board", user_id=1, sample_id=2, board_id=3),
        event("follow", user_id=1, followed_user_id=101),
        event("skip", 60, user_id=1, sample_id=4, duration_seconds=15),
    ]
    ingest(db, *told)
    model.rebuild(db, 1)
    found = model.taste(db, 1)
    assert found.vector == pytest.approx((1, 0.9, 0.15, 0.6, 0.45, 0), abs=1e-3)


def test_a_duration_decides_the_weight(world: psycopg.Connection[Any]) -> None:
    cases: list[tuple[str, float | None, float | None]] = [
        ("play", 15, 0.1),
        ("play", 0, 0),
        ("play", 30, 0.2),
        ("play", 3000, 0.2),
        ("view", 2.5, 0.025),
        ("skip", 0, -0.3),
        ("skip", 20, -0.1),
        ("skip", 31, 0),
        ("click", 12, None),
        ("play", None, None),
    ]
    for name, seconds, weight in cases:
        world.execute("truncate jophiel.interactions")
        assert ingest(world, event(name, user_id=1, sample_id=1, duration_seconds=seconds)) == ["applied"]
        row = world.execute("select weight, details from jophiel.interactions").fetchone()
        assert row is not None
        assert row.weight == (None if weight is None else pytest.approx(weight))
        assert row.details == (None if seconds is None else {"seconds": seconds})


LIKE = event("like", user_id=1, sample_id=1)
ADD = event("add_to_board", user_id=1, sample_id=1, board_id=1)
PLAY = event("play", user_id=1, sample_id=1, duration_seconds=1)


def _with(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**message, **fields}


def _paid(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**message, "payload": {**message["payload"], **fields}}


ODD: dict[str, list[Any]] = {
    "event_id": [None, 7, "", "7", [], {}, "x" * 36, str(uuid.UUID(int=0))],
    "event_name": [None, 7, [], {}],
    "unknown": ["", "user.interaction.stare", "LIKE", "user.interaction.*"],
    "event_timestamp": [None, 7, "", "now", "infinity", "2026-13-01T00:00:00Z", "2026-01-01", "1/2/2026", [], {}],
    "source": [None, 7, [], {}],
    "payload": [None, 7, "", [], "{}"],
    "id": [None, "", "  ", 1.5, True, [], {"id": 1}, 2**63, -(2**63) - 1, 1e30, 10**400, "x" * 501],
    "seconds": [-1, "1", True, [], {}, 1e10, 10**400],
}

MALFORMED: list[tuple[Any, str]] = [
    *((value, "not an object") for value in (None, [], [LIKE], "like", True, 3.5)),
    ({}, "event_id must be a UUID"),
    *((_with(LIKE, event_id=value), "event_id must be a UUID") for value in ODD["event_id"]),
    *((_with(LIKE, event_name=value), "event_name must be text") for value in ODD["event_name"]),
    *((_with(LIKE, event_name=value), "is unknown") for value in ODD["unknown"]),
    *((_with(LIKE, event_timestamp=value), "event_timestamp must be") for value in ODD["event_timestamp"]),
    (_with(LIKE, event_timestamp="9999-01-01T00:00:00Z"), "lies in the future"),
    *((_with(LIKE, source=value), "source must be text") for value in ODD["source"]),
    *((_with(LIKE, payload=value), "payload must be an object") for value in ODD["payload"]),
    *((_paid(LIKE, user_id=value), "payload.user_id must be") for value in ODD["id"]),
    *((_paid(LIKE, sample_id=value), "payload.sample_id must be") for value in ODD["id"]),
    *((_paid(ADD, board_id=value), "payload.board_id must be") for value in ODD["id"]),
    (event("follow", user_id=1, unfollowed_user_id=2), "payload.followed_user_id must be"),
    (event("unfollow", user_id=1, followed_user_id=2), "payload.unfollowed_user_id must be"),
    *((_paid(PLAY, duration_seconds=value), "payload.duration_seconds must be") for value in ODD["seconds"]),
    (_paid(LIKE, more="x" * 300_000), "bytes, which is too much"),
    ({name: value for name, value in LIKE.items() if name != "source"}, "source must be text"),
]


def test_what_is_malformed_is_rejected_and_stops_nothing(world: psycopg.Connection[Any]) -> None:
    for message, reason in MALFORMED:
        rows = results(world, message)
        assert [row.outcome for row in rows] == ["rejected"], message
        assert reason in rows[0].reason
    assert world.execute("select count(*) from jophiel.users").fetchone() == (0,)
    told = [
        event("share", user_id="bea", sample_id=1),
        *(message for message, _ in MALFORMED),
        event("follow", user_id="cid", followed_user_id=101),
    ]
    rows = results(world, *told)
    assert [row.outcome for row in rows] == ["applied", *["rejected"] * len(MALFORMED), "applied"]
    assert all(reason in row.reason for row, (_, reason) in zip(rows[1:-1], MALFORMED, strict=True))
    assert [row.reason for row in rows[:: len(told) - 1]] == [None, None]
    assert world.execute("select count(*) from jophiel.users").fetchone() == (2,)
    assert world.execute("select key from jophiel.keys order by key").fetchall() == [("bea",), ("cid",)]


def test_times_are_iso_8601_and_utc(world: psycopg.Connection[Any]) -> None:
    texts = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000000Z",
        "2026-01-01T02:00:00+02:00",
        "2026-01-01 02:00:00+02",
        "2025-12-31T19:00:00-0500",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:00",
    ]
    world.execute("set timezone = 'Asia/Tokyo'")
    told = [_with(event("like", user_id=1, sample_id=1), event_timestamp=text) for text in texts]
    assert ingest(world, *told) == ["applied"] * len(texts)
    assert world.execute("select distinct happened_at from jophiel.interactions").fetchall() == [(START,)]


def test_what_is_no_array_is_an_error(db: psycopg.Connection[Any]) -> None:
    for value in (None, "null", "{}", '"x"', "7"):
        with pytest.raises(psycopg.Error) as error:
            db.execute("select * from jophiel.ingest_events(%s)", (value,))
        assert error.value.sqlstate == "JO010"


def test_another_platform_brings_its_own_names(db: psycopg.Connection[Any]) -> None:
    db.execute(
        "insert into jophiel.event_types (event_name, action, interaction_type, user_field, item_field) "
        "values ('film.watched', 'interact', 'view', 'viewer', 'film')"
    )
    assert ingest(db, event("film.watched", viewer="ann", film="alien")) == ["pending"]
    row = db.execute(
        "select jophiel.external_key('user', user_id) as who, jophiel.external_key('item', item_id), interaction_type "
        "from jophiel.interactions"
    ).fetchone()
    assert row == ("ann", "alien", "view")


def test_a_user_who_goes_while_an_event_waits_is_tried_again(world: psycopg.Connection[Any], database_url: str) -> None:
    like = event("like", user_id=1, sample_id=1)
    ingest(world, event("share", user_id=1, sample_id=1))
    with psycopg.connect(database_url) as other:
        other.execute("select jophiel.delete_user(1::bigint)")
        world.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ingest(world, like)
    assert ingest(world, like) == ["applied"]


def test_a_text_key_that_goes_with_its_user_meanwhile_is_registered_again(
    world: psycopg.Connection[Any], database_url: str
) -> None:
    ingest(world, event("share", user_id="ann", sample_id=1))
    like = event("like", 60, user_id="ann", sample_id=1)
    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(
            "select * from jophiel.ingest_event(%s)", (json.dumps(event("user.lifecycle.deleted", 30, user_id="ann")),)
        )
        waiting = pool.submit(ingest, world, like)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
        other.commit()
        with pytest.raises(psycopg.errors.SerializationFailure):
            waiting.result(timeout=30)
    assert ingest(world, like) == ["applied"]
    assert world.execute("select jophiel.external_key('user', user_id) from jophiel.users").fetchall() == [("ann",)]


def test_one_rule_for_one_event_and_for_many(db: psycopg.Connection[Any]) -> None:
    db.execute(
        "insert into jophiel.event_types (event_name, action, interaction_type, user_field, item_field, creator_field) "
        "values ('shop.credit', 'interact', 'like', 'user_id', 'sample_id', 'seller')"
    )
    credit = event("shop.credit", user_id=1, sample_id=1)
    assert ingest(db, credit) == ["rejected"]
    assert ingest(db, credit, "nonsense") == ["rejected", "rejected"]


def test_the_shortest_duration_is_none(world: psycopg.Connection[Any]) -> None:
    text = json.dumps([event("play", user_id=1, sample_id=1, duration_seconds=5)]).replace(" 5}", " 1e-400}")
    assert world.execute("select outcome from jophiel.ingest_events(%s)", (text,)).fetchall() == [("applied",)]
    assert world.execute("select weight from jophiel.interactions").fetchall() == [(0,)]


def test_a_payload_that_is_no_object_is_rejected_whatever_the_event(db: psycopg.Connection[Any]) -> None:
    names = [row.event_name for row in db.execute("select event_name from jophiel.event_types order by 1")]
    assert len(names) > 10
    for name in names:
        odd = [{**event(name, 1), "payload": payload} for payload in (None, "x", 5, True, [], [1])]
        found = results(db, *odd, event("play", 2, user_id=1, sample_id=1))
        assert [row.outcome for row in found] == ["rejected"] * 6 + ["pending"]
        assert {row.reason for row in found[:6]} == {"payload must be an object"}
        assert [row.outcome for row in results(db, odd[0])] == ["rejected"]
