"""The API on a real server in a thread, over a fresh database, as the least privileged role."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from psycopg import sql

from jophiel.api.app import create_app
from jophiel.api.server import make_server
from jophiel.api.settings import ApiSettings
from jophiel.client import Client
from jophiel.database.asynchronous import AsyncGateway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jophiel.api.app import Application
    from jophiel.api.broker import Control
    from jophiel.embeddings.wish import Wishes

ROLE = "jophiel_api_test"
SECRET = "a secret of the tests with more than thirty-two bytes"
CLOSED = ApiSettings(jwt_secret=SECRET)


@dataclass
class Served:
    """A running server."""

    port: int
    settings: ApiSettings
    document: dict[str, Any]
    app: Application
    stop: Callable[[], None]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, token: str | None = None) -> Client:
        return Client(self.address, token=token)


class Serve(Protocol):
    """Starts a server; it ends with the test."""

    def __call__(self, settings: ApiSettings = ..., *, url: str | None = None) -> Served: ...


def grant(url: str) -> None:
    """Make the role and let it call the API's functions of this database."""
    with psycopg.connect(url, autocommit=True) as connection:
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("create role {}").format(sql.Identifier(ROLE)))
        connection.execute("select jophiel.grant_api(%s)", (ROLE,))


@contextmanager
def running(
    url: str, settings: ApiSettings, control: Control | None = None, *, port: int = 0, wishes: Wishes | None = None
) -> Iterator[Served]:
    """Serve until the end of the block; port 0: a free one."""
    gateway = AsyncGateway(url, size=settings.pool, role=ROLE, statement_seconds=settings.statement_seconds)
    app = create_app(gateway, settings, control=control, wishes=wishes)
    server = make_server(app, settings, "127.0.0.1", 0)
    listener = socket.create_server(("127.0.0.1", port))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        stop = partial(setattr, server, "should_exit", True)
        yield Served(listener.getsockname()[1], settings, json.loads(app.state.document), app, stop)
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture
def serve(database_url: str) -> Iterator[Serve]:
    grant(database_url)
    with ExitStack() as stack:

        def start(settings: ApiSettings | None = None, *, url: str | None = None) -> Served:
            chosen = replace(settings or ApiSettings(), stop_seconds=2)
            return stack.enter_context(running(url or database_url, chosen))

        yield start


@pytest.fixture
def api(serve: Serve, db: psycopg.Connection[Any]) -> Iterator[Client]:
    """A client of an open server over a small catalogue: ten items of two kinds, users 1 and ana."""
    furnish(db)
    with serve().client() as client:
        yield client


def furnish(db: psycopg.Connection[Any]) -> None:
    db.execute(
        """select jophiel.upsert_items(jsonb_agg(jsonb_build_object(
             'item_id', n, 'title', case when n % 2 = 0 then 'Night rain ' else 'Loud drums ' end || n,
             'tags', case when n % 2 = 0 then '["ambient", "piano"]' else '["techno", "drums"]' end::jsonb,
             'creator_id', 100 + n % 3)))
           from generate_series(1, 10) as n"""
    )
    db.execute('select jophiel.upsert_items(\'[{"item_id": "song/a", "title": "Song A", "tags": ["ambient"]}]\')')
    db.execute("""select jophiel.upsert_users('[{"user_id": 1, "interests": ["ambient"]}, {"user_id": "ana"}]')""")
    db.execute("select jophiel.record_interaction(1, 2, 'like')")
    db.execute("select jophiel.recompute_feeds(array(select user_id from jophiel.users))")
