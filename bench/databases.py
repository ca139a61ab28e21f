"""Where the benchmarks run: an embedded server of their own, or JOPHIEL_DATABASE_URL.

The role of that address must be able to create databases, and its server must run on this machine: the processor time
of its processes is read from /proc.
"""

from __future__ import annotations

import os
import subprocess
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from jophiel.database import binaries
from jophiel.database.embedded import EmbeddedServer
from jophiel.database.migrations import migrate
from jophiel.settings import Settings
from tests.support.services import create_database, drop_database, private_home

if TYPE_CHECKING:
    from collections.abc import Iterator

Connection = psycopg.Connection[Any]


@contextmanager
def server() -> Iterator[str]:
    """The address of a database whose role may create others."""
    if address := os.environ.get("JOPHIEL_DATABASE_URL"):
        yield address
        return
    with private_home("jophiel-bench-") as home:
        embedded = EmbeddedServer(Settings(home=home))
        embedded.start()
        yield embedded.url("postgres")


@contextmanager
def installed(server_url: str) -> Iterator[str]:
    """The address of a fresh database with Jophiel in it, dropped at the end."""
    name = f"jophiel_bench_{uuid.uuid4().hex[:12]}"
    url = create_database(server_url, name)
    try:
        migrate(url)
        yield url
    finally:
        drop_database(server_url, name)


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """A connection without parallel workers, whose process time would not be counted, and with the clock frozen."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set max_parallel_workers_per_gather = 0")
        connection.execute("set jophiel.now = '2026-01-01T00:00:00Z'")
        yield connection


def cpu_seconds(connection: Connection) -> float:
    """Return the processor time that the connection's server process has used, user and system, to the nanosecond."""
    return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def value(connection: Connection, statement: str, *parameters: object) -> Any:
    """Return the first column of the first row."""
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return row[0]


def pgbench(url: str, script: Path, seconds: int, clients: int) -> float:
    """Return the transactions per second of a script, with prepared statements."""
    program = binaries.find(None, script.parent).folder / "pgbench"
    arguments = ["-n", "-M", "prepared", "-T", str(seconds), "-c", str(clients), "-j", str(min(clients, 2))]
    done = subprocess.run(
        [str(program), *arguments, "-f", str(script), url], capture_output=True, text=True, check=True
    )
    return next(float(line.split()[2]) for line in done.stdout.splitlines() if line.startswith("tps"))
