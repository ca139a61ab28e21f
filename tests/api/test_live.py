"""Live feeds: an event for what any channel changes, one query for everybody, and none for nobody."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2

from jophiel.api.authentication import issue_token
from jophiel.api.live import Live
from jophiel.api.problems import UNAUTHENTICATED, Problem
from jophiel.api.settings import ApiSettings
from jophiel.errors import DatabaseUnreachableError
from jophiel.logs import get_logger
from tests.api.conftest import CLOSED, furnish, grant, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg
    import pytest

    from tests.api.conftest import Serve, Served

QUICK = ApiSettings(live_seconds=0.05)


class Reader:
    """Reads a stream in a thread."""

    def __init__(self, served: Served, user: str, **headers: str) -> None:
        self.lines: list[str] = []
        self.has_ended = False
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        self._connection.request("GET", f"/v1/users/{user}/live", headers={"accept-encoding": "gzip", **headers})
        self._socket = self._connection.sock
        self.answer = self._connection.getresponse()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while line := self.answer.readline():
                self.lines.append(line.decode().rstrip("\n"))
        except (OSError, http.client.HTTPException):
            pass
        self.has_ended = True

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line[6:]) for line in self.lines if line.startswith("data: ")]

    @property
    def versions(self) -> list[str]:
        return [line[4:] for line in self.lines if line.startswith("id: ")]

    def expect(self, count: int) -> None:
        wait_for(lambda: len(self.events) >= count)

    def close(self) -> None:
        if not self.has_ended:
            self._socket.shutdown(socket.SHUT_RDWR)


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def reading(served: Served, user: str, **headers: str) -> Iterator[Reader]:
    reader = Reader(served, user, **headers)
    try:
        yield reader
    finally:
        reader.close()


def test_events_come_from_every_channel(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(QUICK)
    with served.client() as client, reading(served, "1") as one, reading(served, "ana") as other:
        assert one.answer.headers["content-type"] == "text/event-stream"
        assert one.answer.headers["cache-control"] == "no-store"
        assert one.answer.headers["content-encoding"] is None
        one.expect(1)
        other.expect(1)
        stored = client.feed(1).generation
        assert one.events == [{"user_id": "1", "feed": "main", "generation": stored}]
        assert stored > 0

        client.record(1, 4, "like")  # over HTTP: the feed is computed until the batch
        wait_for(lambda: one.events[-1]["generation"] is None)
        db.execute("call jophiel.run_batch()")  # the batch
        made = client.feed(1).generation
        assert made > stored
        wait_for(lambda: one.events[-1]["generation"] == made)
        db.execute("select jophiel.record_interaction(1, 6, 'dislike')")  # psql
        wait_for(lambda: one.events[-1]["generation"] is None)
        db.execute("call jophiel.run_batch()")
        shown = client.feed(1)
        wait_for(lambda: one.events[-1]["generation"] == shown.generation)
        before = len(one.events)
        db.execute("select jophiel.delete_item(%s)", (int(shown.items[0].item_id),))  # the catalogue
        one.expect(before + 1)
        assert client.feed(1).items[0].item_id != shown.items[0].item_id
        before, others = len(one.events), len(other.events)
        # A single play waits for the batch, in the feed as in the events.
        client.record(1, 8, "play")
        time.sleep(0.3)
        assert len(one.events) == before
        assert len(set(one.versions)) == before
        client.record(1, 8, "like")
        one.expect(before + 1)
        assert len(other.events) == others


def test_what_is_known_is_not_told_again(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(QUICK)
    with reading(served, "1") as first:
        first.expect(1)
    with reading(served, "1", **{"last-event-id": first.versions[0]}) as second:
        wait_for(lambda: second.lines)
        time.sleep(0.2)
        assert second.events == []
        db.execute("select jophiel.record_interaction(1, 4, 'like')")
        second.expect(1)


def test_who_may_listen(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(replace(CLOSED, live_seconds=0.05, live_connections=1))

    def status(user: str, **headers: str) -> tuple[int, dict[str, Any]]:
        answer = httpx2.get(f"{served.address}/v1/users/{user}/live", headers=headers)
        return answer.status_code, answer.json()

    def bearer(scope: str, user: str | None = "1") -> dict[str, str]:
        return {"authorization": f"Bearer {issue_token(CLOSED, user=user, scopes=(scope,), seconds=60)}"}

    assert status("1")[0] == 401
    assert status("1", **bearer("events:write"))[0] == 403
    assert status("ana", **bearer("feed:read"))[0] == 403
    missing, problem = status("nobody", **bearer("feed:read", None))
    assert (missing, problem["code"]) == (404, "JO002")
    with reading(served, "1", **bearer("feed:read")) as reader:
        reader.expect(1)
        answer = httpx2.get(f"{served.address}/v1/users/1/live", headers=bearer("feed:read"))
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "10"
    # Who has gone leaves room.
    wait_for(lambda: httpx2.head(f"{served.address}/v1/users/1/live", headers=bearer("feed:read")).status_code == 200)


def test_a_stream_is_no_slow_request_and_ends_with_the_server(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    # Limits that any other request would be cut by, or keep others out with.
    limits = replace(QUICK, header_seconds=0.2, body_seconds=0.2, idle_seconds=1, concurrency=1)
    served = serve(limits)
    with reading(served, "1") as reader:
        reader.expect(1)
        time.sleep(1.2)
        db.execute("select jophiel.record_interaction(1, 4, 'like')")
        reader.expect(2)
        with served.client() as client:
            assert client.feed(1).items
            text = client.request("GET", "/metrics").text
        name = 'jophiel_http_request_seconds_bucket{le="0.25",method="GET",route="/v1/users/{user_id}/live"} 1.0'
        assert name in text


def test_the_server_stops_at_once_although_somebody_listens(database_url: str, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    grant(database_url)
    with running(database_url, replace(QUICK, stop_seconds=20)) as served:
        reader = Reader(served, "1")
        reader.expect(1)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    wait_for(lambda: reader.has_ended)


class Gateway:
    """Answers with the versions that a test sets, and counts the questions."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.asked: list[list[str]] = []
        self.is_away = False

    async def feed_versions(self, users: list[str]) -> bytes:
        self.asked.append(users)
        if self.is_away:
            raise DatabaseUnreachableError("away")
        return json.dumps(
            {user: {"version": self.versions[user], "generation": 1} for user in users if user in self.versions}
        ).encode()


def test_one_query_for_everybody_and_none_for_nobody() -> None:
    async def scenario() -> None:
        gateway = Gateway()
        gateway.versions = {"1": "a", "2": "a"}
        live = Live(gateway, get_logger("test"), 0.02, 10)  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        assert gateway.asked == []
        listeners = [await live.join(user, None, lambda: None) for user in ("1", "1", "2")]
        gateway.asked.clear()
        parts = [aiter(listener) for listener in listeners]
        for part in parts:
            assert await anext(part) == b"retry: 2000\n\n"
            assert b"id: a\n" in await anext(part)
        # Two changes before anybody reads are one event, the newest.
        gateway.versions["1"] = "b"
        await asyncio.sleep(0.1)
        gateway.is_away = True
        await asyncio.sleep(0.1)
        gateway.versions["1"] = "c"
        gateway.is_away = False
        await asyncio.sleep(0.1)
        assert b"id: c\n" in await anext(parts[0])
        assert b"id: c\n" in await anext(parts[1])
        assert gateway.asked
        assert all(users == ["1", "2"] for users in gateway.asked)
        # A user who is no more ends the stream; the last who leaves ends the questions.
        del gateway.versions["2"]
        assert [part async for part in parts[2]] == []
        listeners[0].close()
        listeners[1].close()
        assert len(live) == 0
        await asyncio.sleep(0.1)
        gateway.asked.clear()
        await asyncio.sleep(0.1)
        assert gateway.asked == []
        # And the next who comes begins them again.
        again = await live.join("1", "c", lambda: None)
        await asyncio.sleep(0.1)
        assert len(gateway.asked) > 2
        live.close()
        assert len(live) == 0
        assert [part async for part in again] == [b"retry: 2000\n\n"]

    asyncio.run(scenario())


def test_who_comes_during_a_query_stays() -> None:
    class Slow(Gateway):
        async def feed_versions(self, users: list[str]) -> bytes:
            answer = await super().feed_versions(users)
            await asyncio.sleep(0.1)
            return answer

    async def scenario() -> None:
        gateway = Slow()
        gateway.versions = {"1": "a", "2": "a"}
        live = Live(gateway, get_logger("test"), 0.01, 10)  # type: ignore[arg-type]
        await live.join("1", None, lambda: None)
        await asyncio.sleep(0.05)
        assert gateway.asked[-1] == ["1"]  # and is not answered yet
        second = await live.join("2", "a", lambda: None)
        await asyncio.sleep(0.15)
        assert len(live) == 2
        gateway.versions["2"] = "b"
        part = aiter(second)
        assert await anext(part) == b"retry: 2000\n\n"
        assert b"id: b\n" in await asyncio.wait_for(anext(part), 2)
        live.close()
        assert len(live) == 0
        # A server that stops takes no more.
        late = await live.join("1", None, lambda: None)
        assert [part async for part in late] == [b"retry: 2000\n\n"]
        assert len(live) == 0

    asyncio.run(scenario())


def test_a_token_that_expires_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jophiel.api.live._KEEP_ALIVE_SECONDS", 0.02)

    async def scenario() -> None:
        gateway = Gateway()
        gateway.versions = {"1": "a"}
        live = Live(gateway, get_logger("test"), 5, 10)  # type: ignore[arg-type]
        checks = 0

        def check() -> None:
            nonlocal checks
            checks += 1
            if checks == 3:
                raise Problem(UNAUTHENTICATED, "The token has expired.")

        listener = await live.join("1", "a", check)
        parts = [part async for part in listener]
        assert parts == [b"retry: 2000\n\n", b": still here\n\n", b": still here\n\n"]
        listener.close()
        live.close()

    asyncio.run(scenario())


def test_a_token_that_expires_ends_a_stream_that_is_never_quiet() -> None:
    async def scenario() -> None:
        gateway = Gateway()
        gateway.versions = {"1": "a"}
        live = Live(gateway, get_logger("test"), 5, 10)  # type: ignore[arg-type]
        is_expired = False

        def check() -> None:
            if is_expired:
                raise Problem(UNAUTHENTICATED, "The token has expired.")

        listener = await live.join("1", None, check)
        parts = aiter(listener)
        assert await anext(parts) == b"retry: 2000\n\n"
        assert b"id: a\n" in await anext(parts)
        listener.tell("b", 2)
        assert b"id: b\n" in await anext(parts)
        is_expired = True
        listener.tell("c", 3)
        assert [part async for part in parts] == []
        live.close()

    asyncio.run(scenario())


def test_one_user_does_not_take_all_connections() -> None:
    async def scenario() -> None:
        gateway = Gateway()
        gateway.versions = {"1": "a", "2": "a"}
        live = Live(gateway, get_logger("test"), 5, 12)  # type: ignore[arg-type]
        listeners = [await live.join("1", "a", lambda: None) for _ in range(12)]
        other = aiter(await live.join("2", "a", lambda: None))
        assert await anext(other) == b"retry: 2000\n\n"
        assert len(live) == 11
        # The two oldest have ended, and no others.
        for listener in listeners[:2]:
            assert [part async for part in listener] == [b"retry: 2000\n\n"]
        gateway.versions["1"] = "b"
        for listener in listeners[2:]:
            listener.tell("b", 2)
            parts = aiter(listener)
            await anext(parts)
            assert b"id: b\n" in await anext(parts)
        live.close()

    asyncio.run(scenario())


def test_whatever_goes_wrong_it_looks_again() -> None:
    class Faulty(Gateway):
        async def feed_versions(self, users: list[str]) -> bytes:
            if self.is_away:
                self.asked.append(users)
                raise RuntimeError("a fault")
            return await super().feed_versions(users)

    async def scenario() -> None:
        gateway = Faulty()
        gateway.versions = {"1": "a"}
        live = Live(gateway, get_logger("test"), 0.01, 10)  # type: ignore[arg-type]
        parts = aiter(await live.join("1", "a", lambda: None))
        await anext(parts)
        gateway.asked.clear()
        gateway.is_away = True
        await asyncio.sleep(0.1)
        assert gateway.asked
        gateway.versions["1"] = "b"
        gateway.is_away = False
        assert b"id: b\n" in await asyncio.wait_for(anext(parts), 5)
        live.close()

    asyncio.run(scenario())
