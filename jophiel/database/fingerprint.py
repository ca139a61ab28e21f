"""The catalogue fingerprint: one hash, and the lines behind it, of all that the schema `jophiel` consists of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.rows import tuple_row

from jophiel.errors import NotInstalledError, driver_errors

if TYPE_CHECKING:
    import psycopg

_STATEMENT = Path(__file__).with_name("fingerprint.sql")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`lines` are (kind, object, definition), sorted; `digest` is their SHA-256."""

    lines: tuple[tuple[str, str, str], ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the lines, in hexadecimal."""
        return hashlib.sha256("\0".join("\x1f".join(line) for line in self.lines).encode()).hexdigest()


def fingerprint(connection: psycopg.Connection[Any]) -> Fingerprint:
    """Return the fingerprint of the schema in this database. Raises NotInstalledError."""
    with driver_errors(), connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("set local search_path = ''")
        if cursor.execute("select pg_catalog.to_regnamespace('jophiel')").fetchone() == (None,):
            raise NotInstalledError("Jophiel is not installed in this database", hint="Run: jophiel db install")
        cursor.execute(_STATEMENT.read_bytes())
        return Fingerprint(tuple((kind, name, definition) for kind, name, definition in cursor))
