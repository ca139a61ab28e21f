"""The outermost layer: request ids, the access log, metrics, and the last net under an error. Pure ASGI."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import TYPE_CHECKING

from jophiel.api.hosts import Hosts
from jophiel.api.operation import answered, problem_answer, respond
from jophiel.api.problems import INTERNAL, UNAVAILABLE, Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from jophiel.api.access import AccessLog
    from jophiel.api.hot import FeedPages
    from jophiel.api.metrics import Metrics
    from jophiel.api.services import Services

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Edge:
    """Wraps the application."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, access: AccessLog | None, services: Services, pages: FeedPages
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._access = access
        self._pages = pages
        self._logger = services.logger
        self._most = services.settings.concurrency
        self._hosts = Hosts(services.settings)
        self._running = 0
        self._numbers = itertools.count(1)
        self._prefix = secrets.token_hex(4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = scope["jophiel.request_id"] = self._request_id(scope)
        status, size = 0, 0
        is_settled = False

        def settle() -> None:
            nonlocal is_settled
            is_settled = True
            self._settle(scope, request_id, status, size, began)

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

        self._running += 1
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
        if self._running > self._most:
            problem = Problem(UNAVAILABLE, "Too many requests are being answered at the moment.")
            await respond(problem_answer(problem, scope), scope, send)
        elif (refusal := self._hosts.refusal(scope)) is not None:
            await respond(problem_answer(refusal, scope), scope, send)
        elif self._pages.takes(scope):
            await respond(await answered(self._pages.answer(scope), scope, self._logger), scope, send)
        else:
            await self._app(scope, receive, send)

    def _settle(self, scope: Scope, request_id: str, status: int, size: int, began: float) -> None:
        self._running -= 1
        seconds = time.perf_counter() - began
        route = scope.get("jophiel.route", "(none)")
        self._metrics.count(scope["method"], route, status, seconds)
        if self._access is not None:
            self._access.note(scope, request_id, route, status=status, size=size, seconds=seconds)

    def _request_id(self, scope: Scope) -> str:
        """Return the caller's id of the request where it is a plain one, otherwise one of ours."""
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                return str(value, "ascii")
        return f"{self._prefix}-{next(self._numbers):x}"
