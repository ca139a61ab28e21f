"""The feed's page beside the router and beside ASGI, which would take longer than the page itself.

A plain GET of a page by somebody who may read it is answered here, from the parser's words to the bytes that are sent,
with the checks of the routes. Whatever is in doubt goes the ordinary way, which gives the same answer or says why not.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from jophiel.api.authentication import FEED_READ
from jophiel.api.models import Paging
from jophiel.api.operation import Answer, answered, encode, make_conditional, parse_query, problem_answer
from jophiel.api.problems import INTERNAL, Problem
from jophiel.errors import from_driver

if TYPE_CHECKING:
    from typing import Final

    import psycopg
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

    from jophiel.api.edge import Edge
    from jophiel.api.services import Services
    from jophiel.database.feed_pages import FeedPage

    Headers = dict[bytes, bytes]

# Keys without percent signs, which are the same in the path, in the page and in the addresses of its neighbours.
_PATH: Final = re.compile(rb"/v1/feed/(points/)?([A-Za-z0-9._~-]{1,500})")
# With a body, or with a question about one.
_UNUSUAL: Final = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})


class HotPages:
    """Answers `GET /v1/feed/{user_id}` and `GET /v1/feed/points/{user_id}`."""

    def __init__(self, services: Services, edge: Edge) -> None:
        self.services = services
        self.edge = edge
        # Answers to other origins have more headers; the middleware for that is behind the router.
        self._is_plain = not services.settings.cors_origins

    def take(self, connection: HttpToolsProtocol) -> HotRequest | None:
        """Return the request whose head has arrived, under way, or None where it has to go the ordinary way."""
        path, _, query = connection.url.partition(b"?")
        found = _PATH.fullmatch(path)
        if found is None or not self._is_plain or b"#" in query or not _is_plain(connection):
            return None
        # The first of each, as everywhere.
        headers: Headers = dict(reversed(connection.headers))
        edge, services = self.edge, self.services
        if not (_UNUSUAL.isdisjoint(headers) and edge.has_room() and edge.hosts.knows(headers.get(b"host"))):
            return None
        principal = services.authenticator.remembered(headers.get(b"authorization"))
        if principal is None:
            return None
        user = found[2].decode()
        try:
            principal.require(FEED_READ)
            principal.require_user(user)
            paging = parse_query(Paging, query)
            services.count(principal, connection.client)
        except Problem:
            return None
        scored = found[1] is not None
        page = (user, "main", paging.page, paging.per_page, scored, f"{path.decode()}?")
        request = HotRequest(self, connection, headers, page, principal.name)
        edge.begin()
        services.gateway.feed_pages.ask(page, request.done)
        return request


def _is_plain(connection: HttpToolsProtocol) -> bool:
    """Return whether this is a GET that nothing is before, on a connection that stays and that is read."""
    cycle: RequestResponseCycle | HotRequest | None = connection.cycle
    parser = connection.parser
    return bool(
        parser.get_method() == b"GET"
        and parser.get_http_version() == "1.1"
        and parser.should_keep_alive()
        and (cycle is None or cycle.response_complete)
        and not connection.flow.write_paused
    )


class _Nobody:
    """In the place of the event that a handler of uvicorn waits for."""

    def set(self) -> None:
        """Wake nobody."""


_NOBODY: Final = _Nobody()


class HotRequest:
    """A request under way; to uvicorn's protocol it is a cycle, of which that reads and sets what has no underscore."""

    __slots__ = (
        "_began",
        "_caller",
        "_connection",
        "_headers",
        "_page",
        "_pages",
        "_path",
        "_request_id",
        "body",
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
    )

    def __init__(
        self, pages: HotPages, connection: HttpToolsProtocol, headers: Headers, page: FeedPage, caller: str
    ) -> None:
        self._began = time.perf_counter()
        self._pages = pages
        self._connection = connection
        self._headers = headers
        self._page = page
        self._path = page[5][:-1]
        self._caller = caller
        self._request_id = pages.edge.request_id(headers.get(b"x-request-id"))
        self.body = bytearray()
        self.disconnected = False
        self.keep_alive = True
        self.message_event = _NOBODY
        self.more_body = False
        self.response_complete = False

    def done(self, body: bytes | None, error: psycopg.Error | None) -> None:
        """Send the page; one that is not stored, and an error, take the time that they need."""
        if body is not None:
            self._send(self._answer(body))
            return
        connection = self._connection
        task = connection.loop.create_task(self._carefully(error))
        task.add_done_callback(connection.tasks.discard)
        connection.tasks.add(task)

    async def _carefully(self, error: psycopg.Error | None) -> None:
        scope = {"jophiel.request_id": self._request_id}
        logger = self._pages.services.logger
        try:
            self._send(await answered(self._read(error), scope, logger))
        except Exception:  # the last net: nothing may go unanswered
            logger.exception("internal error", extra={"request_id": self._request_id, "path": self._path})
            if not self.response_complete:
                problem = Problem(INTERNAL, "The request could not be carried out; the log has the reason.")
                self._send(problem_answer(problem, scope))

    async def _read(self, error: psycopg.Error | None) -> Answer:
        if error is not None:
            raise from_driver(error)
        return self._answer(await self._pages.services.gateway.feed_page_alone(self._page))

    def _answer(self, body: bytes) -> Answer:
        answer = Answer(body)
        make_conditional(answer, self._headers.get(b"if-none-match"))
        return answer

    def _send(self, answer: Answer) -> None:
        """Send an answer as uvicorn would, and end the request."""
        connection = self._connection
        headers, body = encode(answer, self._headers.get(b"accept-encoding"))
        parts: list[Any] = [STATUS_LINE[answer.status]]
        for name, value in (*connection.server_state.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
        # Only a server that stops changes this.
        if not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"x-request-id: ", self._request_id.encode(), b"\r\n\r\n", body)
        self.response_complete = True
        try:
            if not self.disconnected:
                connection.transport.write(b"".join(parts))
                if not self.keep_alive:
                    connection.transport.close()
        finally:
            route = "/v1/feed/points/{user_id}" if self._page[4] else "/v1/feed/{user_id}"
            self._pages.edge.settle(
                ("GET", self._path, route),
                self._request_id,
                status=answer.status,
                size=len(body),
                began=self._began,
                client=connection.client,
                caller=self._caller,
            )
            connection.on_response_complete()
