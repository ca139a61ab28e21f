"""Live feeds: an event to whoever is connected when what the user would read has changed, through any channel (SSE).

One query an interval asks for the versions of everybody who is connected; while nobody is, nothing is asked. Not by
NOTIFY: a transaction that notifies holds a lock of the whole database while it commits, so all writers, the consumer
and psql included, would commit one after another for the sake of a few readers.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from jophiel.api.operation import Answer, header
from jophiel.api.problems import NOT_FOUND, UNAVAILABLE, Problem
from jophiel.errors import JophielError

if TYPE_CHECKING:
    import logging
    from collections.abc import AsyncIterator, Callable

    from jophiel.api.operation import Call
    from jophiel.database.asynchronous import AsyncGateway

_KEEP_ALIVE_SECONDS = 15.0
_RETRY_MILLISECONDS = 2000
_RETRY_AFTER = 10
# One user's windows; a token must not take the places of all others.
_MOST_OF_A_USER = 10
# Proxies that keep parts back until they have enough are told not to.
_HEADERS = ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))


class Listener:
    """One connection: holds the newest event until it is read, however many came before."""

    def __init__(self, user: str, known: str | None, check: Callable[[], object], leave: Callable[[], object]) -> None:
        self.user = user
        self._version = known
        self._event = b""
        self._is_closed = False
        self._wake = asyncio.Event()
        self._check = check
        self._leave = leave

    def tell(self, version: str, generation: int | None) -> None:
        """Make an event of a version that the reader has not been told yet."""
        if version == self._version:
            return
        self._version = version
        data = json.dumps({"user_id": self.user, "feed": "main", "generation": generation})
        self._event = f"event: feed\nid: {version}\ndata: {data}\n\n".encode()
        self._wake.set()

    def close(self) -> None:
        """End the stream."""
        self._is_closed = True
        self._wake.set()
        self._leave()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield events, and comments while there are none, until it is closed or the token is not good any more."""
        try:
            yield f"retry: {_RETRY_MILLISECONDS}\n\n".encode()
            while not self._is_closed:
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    self._check()
                    yield b": still here\n\n"
                    continue
                self._wake.clear()
                event, self._event = self._event, b""
                if event:
                    self._check()
                    yield event
        except Problem:
            return


class Live:
    """All connections of this process, and the one query."""

    def __init__(self, gateway: AsyncGateway, logger: logging.Logger, seconds: float, most: int) -> None:
        self._gateway = gateway
        self._logger = logger
        self._seconds = seconds
        self._most = most
        # In the order in which they came.
        self._listeners: dict[Listener, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def __len__(self) -> int:
        """Return how many are connected."""
        return len(self._listeners)

    async def join(self, user: str, known: str | None, check: Callable[[], object]) -> Listener:
        """Return the events of a user; the first comes at once, unless its version is `known`. Raises problems.

        Where the user has ten connections already, the oldest ends.
        """
        own = [listener for listener in self._listeners if listener.user == user]
        if len(own) >= _MOST_OF_A_USER:
            own[0].close()
        if len(self._listeners) >= self._most:
            raise Problem(UNAVAILABLE, "Too many are connected to their feeds here.", retry_after=_RETRY_AFTER)
        listener = Listener(user, known, check, lambda: self._listeners.pop(listener, None))
        self._listeners[listener] = None
        found: dict[str, Any] = {}
        try:
            found = await self._versions([user])
        finally:
            if user not in found:
                listener.close()
        if user not in found:
            raise Problem(NOT_FOUND, f'there is no user "{user}"', code="JO002")
        if self._is_closed:
            listener.close()
        listener.tell(**found[user])
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll())
        return listener

    def close(self) -> None:
        """End all streams, those that are about to begin as well."""
        self._is_closed = True
        for listener in list(self._listeners):
            listener.close()
        if self._task is not None:
            self._task.cancel()

    async def _poll(self) -> None:
        is_away = False
        while self._listeners:
            await asyncio.sleep(self._seconds)
            try:
                await self._look()
                is_away = False
            except Exception as error:
                # Whatever it is, who is connected stays so, and hears of what changed meanwhile.
                if not is_away:
                    # Of a database that is away a line is enough.
                    trace = None if isinstance(error, JophielError) else error
                    extra = {"error": str(error)}
                    self._logger.warning("live feeds cannot be looked at", extra=extra, exc_info=trace)
                is_away = True

    async def _look(self) -> None:
        # Who comes while it is being asked has asked for itself.
        asked_for = list(self._listeners)
        found = await self._versions(sorted({listener.user for listener in asked_for}))
        for listener in asked_for:
            if listener.user in found:
                listener.tell(**found[listener.user])
            else:
                listener.close()

    async def _versions(self, users: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self._gateway.feed_versions(users) or b"{}")
        return found


async def listen(call: Call) -> Answer:
    """Connect to a user's feed."""
    headers = call.scope["headers"]
    services = call.services
    known = header(headers, b"last-event-id")

    def check() -> None:
        # A token may expire while its bearer listens.
        services.authenticator.authenticate(header(headers, b"authorization"))

    listener = await services.live.join(call.path["user_id"], known.decode("latin-1") if known else None, check)
    return Answer(b"", content_type=b"text/event-stream", headers=_HEADERS, stream=listener)
