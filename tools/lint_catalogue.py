"""Installs Jophiel into a fresh database and lists what breaks the rules that keep it distributable.

`catalogue_lint.sql` says which rules; it runs on the services of the tests.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jophiel.database.migrations import migrate
from tests.support.services import create_database, drop_database, server_url

_RULES = Path(__file__).with_name("catalogue_lint.sql")


def main() -> int:
    """Return 1 where a rule is broken."""
    with server_url() as server:
        name = f"jophiel_lint_{uuid.uuid4().hex[:12]}"
        url = create_database(server, name)
        try:
            migrate(url)
            with psycopg.connect(url) as connection:
                breaches = connection.execute(_RULES.read_bytes()).fetchall()
        finally:
            drop_database(server, name)
    for rule, found in breaches:
        print(f"{rule}: {found}")
    print(f"catalogue: {len(breaches)} breaches")
    return int(bool(breaches))


if __name__ == "__main__":
    sys.exit(main())
