"""The outermost layer: request ids, the access log, metrics, and the last net under an error. Pure ASGI."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import TYPE_CHECKING

from jophiel.api.hosts import Hosts
from jophiel.api.operation import header, problem_answer, respond
from jophiel.api.problems import INTERNAL, UNAVAILABLE, Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from jophiel.api.access import AccessLog
    from jophiel.api.metrics import Metrics
    from jophiel.api.services import Services

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Edge:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, access: AccessLog | None, services: Services) -> None:
        self._app = app
        self._metrics = metrics
        self._access = access
        self._logger = services.logger
        self._most = services.settings.concurrency
        self.hosts = Hosts(services.settings)
        self._running = 0
        self._numbers = itertools.count(1)
        self._prefix = secrets.token_hex(4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = scope["jophiel.request_id"] = self.request_id(header(scope["headers"], b"x-request-id"))
        status, size = 0, 0
        is_settled = False

        def settle() -> None:
            nonlocal is_settled
            is_settled = True
            self.settle(
                (scope["method"], scope["path"], scope.get("jophiel.route", "(none)")),
                request_id,
                status=status,
                size=size,
                began=began,
                client=scope.get("client"),
                caller=scope.get("jophiel.caller", ""),
            )

        async def note(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
                if "jophiel.streams" in scope:
                    # What follows may take hours and is no slow request; streams have a limit of their own.
                    settle()
            else:
                size += len(message.get("body", b""))
            await send(message)

        self.begin()
        try:
            await self._pass_on(scope, receive, note)
        except Exception:  # the last net: nothing may go unanswered
            self._logger.exception("internal error", extra={"request_id": request_id, "path": scope["path"]})
            if not status:
                problem = Problem(INTERNAL, "The request could not be carried out; the log has the reason.")
                await respond(problem_answer(problem, scope), scope, note)
        finally:
            if not is_settled:
                settle()

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "jophiel.is_crowded" in scope:
            problem = Problem(
                UNAVAILABLE, "Too many are connected at the moment.", headers=((b"connection", b"close"),)
            )
            await respond(problem_answer(problem, scope), scope, send)
        elif self._running > self._most:
            problem = Problem(UNAVAILABLE, "Too many requests are being answered at the moment.")
            await respond(problem_answer(problem, scope), scope, send)
        elif (refusal := self.hosts.refusal(scope)) is not None:
            await respond(problem_answer(refusal, scope), scope, send)
        else:
            await self._app(scope, receive, send)

    def has_room(self) -> bool:
        """Return whether one more request may be answered now."""
        return self._running < self._most

    def begin(self) -> None:
        """Count a request that runs until it is settled."""
        self._running += 1

    def settle(
        self,
        what: tuple[str, str, str],
        request_id: str,
        *,
        status: int,
        size: int,
        began: float,
        client: tuple[str, int] | None,
        caller: str,
    ) -> None:
        """Note what became of a request: its method, path and route, and its answer."""
        self._running -= 1
        seconds = time.perf_counter() - began
        self._metrics.count(what[0], what[2], status, seconds)
        if self._access is not None:
            self._access.note(
                (time.time(), request_id, *what, status, seconds, size, client[0] if client else "", caller)
            )

    def request_id(self, given: bytes | None) -> str:
        """Return the caller's id of the request where it is a plain one, otherwise one of ours."""
        if given is not None and _REQUEST_ID.fullmatch(given):
            return str(given, "ascii")
        return f"{self._prefix}-{next(self._numbers):x}"
