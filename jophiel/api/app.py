"""The Starlette application: routes as data, pure ASGI middleware, a lifespan that opens and closes what is shared."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Route

from jophiel.api import models, openapi, pages, problems, routes
from jophiel.api.access import AccessLog
from jophiel.api.authentication import Authenticator
from jophiel.api.batch import BatchRunner
from jophiel.api.broker import BrokerWatch
from jophiel.api.dead_letters import DeadLetters
from jophiel.api.edge import Edge
from jophiel.api.hot import HotPages
from jophiel.api.live import Live
from jophiel.api.metrics import Metrics
from jophiel.api.operation import Answer, Operation, Resource
from jophiel.api.problems import Problem
from jophiel.api.services import Limiter, Services
from jophiel.embeddings.wish import Wishes
from jophiel.logs import get_logger
from jophiel.settings import EmbeddingSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from jophiel.api.broker import Control
    from jophiel.api.operation import Call
    from jophiel.api.settings import ApiSettings
    from jophiel.database.asynchronous import AsyncGateway


class Application(Starlette):
    """A Starlette application whose outermost layer is ours, before Starlette's own."""

    edge: Edge
    # What a server may answer without this application.
    hot_pages: HotPages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through the edge."""
        await self.edge(scope, receive, send)

    async def behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on to the routes."""
        await super().__call__(scope, receive, send)


class _KeyedRoute(Route):
    """A route that is found by the address as it was sent: a slash within a key, %2F, ends no part of the path."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found = self.path_regex.match(scope["raw_path"].decode("ascii"))
        if found is None:
            return Match.NONE, {}
        keys = {name: unquote(value) for name, value in found.groupdict().items()}
        return Match.FULL, {"endpoint": self.endpoint, "path_params": keys}


def create_app(
    gateway: AsyncGateway, settings: ApiSettings, *, control: Control | None = None, wishes: Wishes | None = None
) -> Application:
    """Return the application; its lifespan opens the gateway and closes it. Raises SettingsError.

    `control` asks the broker, None where there is none; `wishes` embeds the texts of requests, None where nothing does.
    """
    logger = get_logger("api")
    metrics = Metrics()
    access = AccessLog() if settings.access_log else None
    services = Services(
        settings=settings,
        gateway=gateway,
        authenticator=Authenticator(settings),
        callers=Limiter(settings.rate),
        addresses=Limiter(settings.address_rate),
        metrics=metrics,
        batch=BatchRunner(gateway, logger),
        broker=BrokerWatch(control),
        dead_letters=DeadLetters(control, logger),
        live=Live(gateway, logger, settings.live_seconds, settings.live_connections),
        wishes=wishes or Wishes(EmbeddingSettings()),
    )
    table = [*routes.operations(), *_around()]
    # In the order of the table: /v1/feed/points/{user_id} would never be taken for a user called points.
    by_path: dict[str, list[Operation]] = {}
    for operation in table:
        by_path.setdefault(operation.path, []).append(operation)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await gateway.open()
        writer = asyncio.create_task(access.run()) if access else None
        try:
            yield
        finally:
            services.live.close()
            await services.batch.stop()
            await gateway.close()
            if writer and access:
                writer.cancel()
                access.close()

    middleware: list[Middleware] = []
    if settings.cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_headers=["authorization", "content-type", "if-none-match", "x-request-id"],
                expose_headers=["etag", "x-request-id", "retry-after"],
            )
        )
    found = [_KeyedRoute(path, Resource(operations, services)) for path, operations in by_path.items()]
    nothing = Resource([_nothing(method) for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")], services)
    app = Application(routes=[*found, _KeyedRoute("/{rest:path}", nothing)], middleware=middleware, lifespan=lifespan)
    app.edge = Edge(app.behind, metrics=metrics, access=access, services=services)
    app.hot_pages = HotPages(services, app.edge)
    app.router.redirect_slashes = False
    app.state.document = json.dumps(openapi.document(table)).encode()
    app.state.services = services
    return app


# What is around `/v1`: open to everybody, as it says nothing about anybody.


async def _live(_call: Call) -> Answer:
    return Answer(b'{"status":"ok"}')


async def _ready(call: Call) -> Answer:
    await call.gateway.ready()
    return Answer(b'{"status":"ok"}')


async def _metrics(call: Call) -> Answer:
    return Answer(await call.services.metrics.render(call.services), content_type=Metrics.content_type)


async def _document(call: Call) -> Answer:
    return Answer(call.scope["app"].state.document)


async def _no_route(call: Call) -> Answer:
    raise Problem(
        problems.NO_ROUTE, f"There is nothing at {call.scope['path'][:200]}.", hint="/docs lists the addresses."
    )


def _around() -> list[Operation]:
    return [
        Operation("GET", "/health/live", "live", "Whether the process answers", _live, models.Health, tag="health"),
        Operation("GET", "/health/ready", "ready", "Whether the database answers", _ready, models.Health, tag="health"),
        Operation(
            "GET", "/metrics", "metrics", "For Prometheus", _metrics, None, tag="health", content_type="text/plain"
        ),
        Operation("GET", "/openapi.json", "document", "This document", _document, None, tag="health"),
        *pages.operations(),
    ]


def _nothing(method: str) -> Operation:
    return Operation(method, "(none)", "nothing", "", _no_route, None)
