"""Connections and pools: named, checked, and with the driver's errors turned into ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from jophiel.database.embedded import EmbeddedServer
from jophiel.database.gateway import Gateway
from jophiel.database.keepalive import unless_given
from jophiel.errors import (
    DatabaseTooOldError,
    DatabaseUnreachableError,
    EmbeddedServerError,
    NotInstalledError,
    PgvectorMissingError,
    SettingsError,
    driver_errors,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jophiel.database.rows import ServerVersion
    from jophiel.settings import Settings

OLDEST_SERVER = 170000
OLDEST_PGVECTOR = (0, 8)
_CONNECT_SECONDS = 10


def database_url(settings: Settings) -> str:
    """Return the address to connect to; starts the embedded server where none is configured."""
    if settings.database_url:
        return settings.database_url
    server = EmbeddedServer(settings)
    server.start()
    return server.url()


def connect(url: str, *, autocommit: bool = True, application_name: str = "jophiel") -> psycopg.Connection[Any]:
    """Open a connection. Raises DatabaseUnreachableError and its relatives.

    With autocommit, as a SELECT would otherwise leave a transaction open; use `connection.transaction()`.
    """
    try:
        given = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Without the driver's words, which repeat the address and the password in it.
        raise SettingsError(
            "JOPHIEL_DATABASE_URL is not a connection URL",
            hint="It looks like postgresql://USER@HOST:5432/DATABASE",
        ) from None
    with driver_errors():
        return psycopg.connect(
            url,
            autocommit=autocommit,
            application_name=application_name,
            connect_timeout=_CONNECT_SECONDS,
            **unless_given(given),
        )


def connect_installed(settings: Settings, *, application_name: str = "jophiel") -> psycopg.Connection[Any]:
    """Open an autocommit connection to a database that has Jophiel; what every command but `db` uses."""
    connection = connect(database_url(settings), application_name=application_name)
    gateway = Gateway(connection)
    if not gateway.is_installed():
        connection.close()
        raise NotInstalledError("Jophiel is not installed in this database", hint="Run: jophiel db install")
    return connection


def reconnecting(settings: Settings, *, application_name: str) -> Callable[[], psycopg.Connection[Any]]:
    """Start the embedded server where none is configured, and return what connects as `connect_installed` does.

    What is returned starts no server: who stops one under a command that stays wants it to be stopped.
    """
    database_url(settings)

    def connect_again() -> psycopg.Connection[Any]:
        url = settings.database_url
        if url is None:
            try:
                # Asked each time: started again, it may be at another port.
                url = EmbeddedServer(settings).url()
            except EmbeddedServerError as error:
                raise DatabaseUnreachableError(error.message, hint=error.hint) from error
        return connect_installed(replace(settings, database_url=url), application_name=application_name)

    return connect_again


def require_capable(version: ServerVersion) -> None:
    """Refuse a server that Jophiel cannot run on. Raises DatabaseTooOldError, PgvectorMissingError."""
    if version.server_version < OLDEST_SERVER:
        major = version.server_version // 10000
        raise DatabaseTooOldError(f"the server is PostgreSQL {major}, Jophiel needs 17 or newer")
    found = version.pgvector_available
    if found is None:
        raise PgvectorMissingError("the server has no pgvector, Jophiel needs 0.8 or newer")
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST_PGVECTOR:
        raise PgvectorMissingError(f"pgvector is {found}, Jophiel needs 0.8 or newer", hint="Upgrade the extension.")
