"""A database for a while, beside the one that is evaluated: nothing that is tried there is seen by anybody."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from psycopg import conninfo, sql

from jophiel.database.connection import connect
from jophiel.database.migrations import migrate
from jophiel.database.queries import query
from jophiel.errors import DatabaseError, PermissionDeniedError, driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_HINT = "Evaluation needs a database of its own: a role with CREATEDB that may create the extension vector."


@contextmanager
def scratch_database(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield an autocommit connection to a new database on the server of `url` with Jophiel in it; dropped at the end.

    Raises PermissionDeniedError where the role may not create one.
    """
    name = f"jophiel_scratch_{uuid4().hex[:12]}"
    with connect(url, application_name="jophiel scratch") as owner:
        try:
            _execute(owner, "create_scratch", name)
        except PermissionDeniedError as error:
            raise PermissionDeniedError(f"no database can be created: {error.message}", hint=_HINT) from None
    try:
        there = conninfo.make_conninfo(url, dbname=name)
        try:
            migrate(there)
        except DatabaseError as error:
            raise type(error)(f"Jophiel cannot be installed beside: {error.message}", hint=_HINT) from error
        with connect(there, application_name="jophiel evaluate") as connection:
            yield connection
    finally:
        with connect(url, application_name="jophiel scratch") as owner:
            _execute(owner, "drop_scratch", name)


def _execute(connection: psycopg.Connection[Any], block: str, name: str) -> None:
    # A name cannot be a parameter of these statements.
    with driver_errors():
        connection.execute(sql.SQL(query(block).decode()).format(database=sql.Identifier(name)))
