"""The services that the tests run on: an address from the environment, otherwise the embedded server."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from jophiel.database.embedded import EmbeddedServer
from jophiel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS_VARIABLE = "JOPHIEL_TEST_DATABASE_URL"


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
    if address := os.environ.get(ADDRESS_VARIABLE):
        yield address
        return
    with private_home() as home:
        settings = Settings.from_environment({**os.environ, "JOPHIEL_HOME": str(home), "JOPHIEL_DATABASE_URL": ""})
        server = EmbeddedServer(replace(settings, embedded_shared_buffers=settings.embedded_shared_buffers or "128MB"))
        server.start()
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
