"""Installs Jophiel into a fresh database and lists what plpgsql_check has against its functions.

`plpgsql_check.sql` says what is checked and which findings are justified. It runs on the services of the tests; the
embedded PostgreSQL has no plpgsql_check, the image docker/postgres has.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jophiel.database.migrations import migrate
from tests.support.services import create_database, drop_database, server_url

_CHECKS = Path(__file__).with_name("plpgsql_check.sql")


def is_available(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the server has the extension."""
    return bool(connection.execute("select from pg_available_extensions where name = 'plpgsql_check'").fetchall())


def findings(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """Return function, line, level and text of each finding; the connection is in autocommit mode."""
    connection.execute("create extension if not exists plpgsql_check with schema public")
    with connection.transaction():
        cursor = connection.execute(_CHECKS.read_bytes())
        while cursor.nextset():
            pass
        return cursor.fetchall()


def main() -> int:
    """Return 1 where there are findings, 2 where the server cannot check."""
    with server_url() as server:
        name = f"jophiel_check_{uuid.uuid4().hex[:12]}"
        url = create_database(server, name)
        try:
            migrate(url)
            with psycopg.connect(url, autocommit=True) as connection:
                if not is_available(connection):
                    print("plpgsql_check: this server does not have it; see docs/docker.md", file=sys.stderr)
                    return 2
                found = findings(connection)
        finally:
            drop_database(server, name)
    for function, line, level, text in found:
        print(f"{function}:{line or ''}: {level}: {text}")
    print(f"plpgsql_check: {len(found)} findings")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
