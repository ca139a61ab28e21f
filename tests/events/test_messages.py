from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from jophiel.events import messages


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"{}, {}", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"a": NaN}', "NaN"),
        (rb'{"a": "\u0000"}', r"cannot hold: \u0000"),
        (rb'{"a": 1, "\\\u0000": 2}', r"cannot hold: \u0000"),
        (rb'["\ud83d"]', r"cannot hold: \ud83d"),
        (rb'["\uD83D \uDE00"]', r"cannot hold: \uD83D"),
        (rb'["\ude00\ud83d"]', r"cannot hold: \ude00"),
        (b'["\0"]', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"' + b"x" * 1024 * 1024 + b'"', "too large: 1048578 bytes, at most 1048576"),
    ],
)
def test_a_body_that_could_spoil_its_batch_has_a_fault(body: bytes, reason: str) -> None:
    assert reason in (messages.fault(body) or "")


@pytest.mark.parametrize(
    "body", [b"{}", b" [1] ", b"null", rb'["\\u0000 \ud83d\uDE00 \n\\\u0041"]', '{"ñ": "😀"}'.encode()]
)
def test_what_is_json_is_for_the_database_to_judge(body: bytes) -> None:
    assert messages.fault(body) is None


def test_a_batch_is_an_array_of_its_bodies() -> None:
    assert json.loads(messages.batch([b'{"a": 1}', b" null ", '"ñ"'.encode()])) == [{"a": 1}, None, "ñ"]
    assert json.loads(messages.batch([])) == []


def test_an_id_is_read_where_there_is_one() -> None:
    found = messages.event("a.b.c", {}, datetime(2026, 1, 2, tzinfo=UTC), "test")
    assert messages.event_id(json.dumps(found).encode()) == found["event_id"]
    assert found["event_timestamp"] == "2026-01-02T00:00:00.000000Z"
    for body in (b"", b"[]", b'{"event_id": 7}', b'{"event_id": "7"}', b"[" * 100_000):
        assert messages.event_id(body) is None


def test_a_line_is_sent_under_its_events_name() -> None:
    assert messages.outgoing(b'{"event_name": "a.b.c"}').routing_key == "a.b.c"
    assert messages.outgoing(b"rubbish", "a.b.c") == messages.Outgoing("a.b.c", b"rubbish")
    for line in (b"rubbish", b"[]", b"{}", b'{"event_name": 1}', b'{"event_name": ""}', b"[" * 100_000):
        with pytest.raises(ValueError, match=r".+"):
            messages.outgoing(line)
