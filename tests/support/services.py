"""The services that the tests run on, found in this order:

1. an address in JOPHIEL_TEST_DATABASE_URL, JOPHIEL_TEST_AMQP_URL;
2. containers of the images of docker/, where an engine answers and has them (JOPHIEL_TEST_SERVICES=containers
   insists on them, JOPHIEL_TEST_SERVICES=embedded does without);
3. the embedded PostgreSQL, and a node of this machine's RabbitMQ.

Tests of the embedded server itself, and those that kill or restart a server, make one of their own whatever the
others run on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from jophiel.database.embedded import EmbeddedServer
from jophiel.settings import Settings
from tests.support import containers

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS_VARIABLE = "JOPHIEL_TEST_DATABASE_URL"
BROKER_VARIABLE = "JOPHIEL_TEST_AMQP_URL"
CHOICE_VARIABLE = "JOPHIEL_TEST_SERVICES"

Place = Literal["address", "container", "embedded"]


@cache
def place(address_variable: str) -> Place:
    """Return where the service whose address that variable could give comes from."""
    if os.environ.get(address_variable):
        return "address"
    chosen = os.environ.get(CHOICE_VARIABLE) or "any"
    if chosen not in ("any", "containers", "embedded"):
        raise ValueError(f"{CHOICE_VARIABLE} is {chosen!r}; use containers, embedded or any")
    if chosen == "embedded":
        return "embedded"
    reason = containers.why_not()
    if reason and chosen == "containers":
        raise RuntimeError(f"{CHOICE_VARIABLE}=containers, but {reason}")
    return "embedded" if reason else "container"


def describe() -> str:
    """Return what the tests run on, in a line."""
    database = {
        "address": f"PostgreSQL at {ADDRESS_VARIABLE}",
        "container": f"PostgreSQL in a container ({containers.POSTGRES_IMAGE})",
        "embedded": "embedded PostgreSQL",
    }
    broker = {
        "address": f"RabbitMQ at {BROKER_VARIABLE}",
        "container": f"RabbitMQ in a container ({containers.RABBITMQ_IMAGE})",
        "embedded": "this machine's RabbitMQ",
    }
    return f"{database[place(ADDRESS_VARIABLE)]}, {broker[place(BROKER_VARIABLE)]}"


@contextmanager
def private_home(prefix: str = "jophiel-test-") -> Iterator[Path]:
    """A home of its own, one that the embedded server's account can enter when the tests run as root."""
    home = Path(tempfile.mkdtemp(prefix=prefix))
    home.chmod(0o711)
    try:
        yield home
    finally:
        EmbeddedServer(Settings(home=home)).destroy()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def server_url() -> Iterator[str]:
    """The address of a database whose role may create others."""
    match place(ADDRESS_VARIABLE):
        case "address":
            yield os.environ[ADDRESS_VARIABLE]
        case "container":
            with containers.postgres() as address:
                yield address
        case "embedded":
            with _embedded_url() as address:
                yield address


@contextmanager
def _embedded_url() -> Iterator[str]:
    with private_home() as home:
        settings = Settings.from_environment({**os.environ, "JOPHIEL_HOME": str(home), "JOPHIEL_DATABASE_URL": ""})
        server = EmbeddedServer(replace(settings, embedded_shared_buffers=settings.embedded_shared_buffers or "128MB"))
        server.start()
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            # Each database that is dropped is a checkpoint, which waits for the disk. Nothing here is to outlive the
            # machine, and what a process leaves behind that is killed does not depend on it.
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")
        yield server.url("postgres")


def with_database(url: str, name: str) -> str:
    """Return `url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Create a database and return its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        statement = sql.SQL("create database {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" template {}").format(sql.Identifier(template))
        connection.execute(statement)
    return with_database(url, name)


def drop_database(url: str, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
