"""Fixtures: one server a session, one database a test, cloned from a template that was installed once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from jophiel.database.migrations import migrate
from tests.support.services import create_database, describe, drop_database, server_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The console script of the environment that runs the tests.
SCRIPT = Path(sys.executable).with_name("jophiel")


_HERE = Path(__file__).parent
_LOCAL = ("127.0.0.1", "::1", "localhost")


class RunCli(Protocol):
    """Runs `jophiel <arguments>` and returns what it printed; `env` is added to the test's environment."""

    def __call__(
        self,
        *arguments: str,
        env: dict[str, str] | None = None,
        stdin: str | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]: ...


def pytest_report_header() -> str:
    """Say what the tests run on."""
    try:
        return f"services: {describe()}"
    except (RuntimeError, ValueError) as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares a costly service (a broker, a browser) on one worker of pytest-xdist."""
    for item in items:
        part = item.path.relative_to(_HERE).parts[0]
        if part in ("events", "page"):
            item.add_marker(pytest.mark.xdist_group(part))


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every Python socket to elsewhere than this machine (the driver's own sockets are not Python's)."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOCAL:
            raise AssertionError(f"a test wants to connect to {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a database whose role may create others, for the whole session."""
    with server_url() as url:
        yield url


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """The name of a database in which Jophiel is installed; connect to none but its clones."""
    name = f"jophiel_template_{uuid.uuid4().hex[:12]}"
    migrate(create_database(server, name))
    yield name
    drop_database(server, name)


@pytest.fixture
def empty_database_url(server: str) -> Iterator[str]:
    """The address of a fresh database without Jophiel."""
    name = f"jophiel_empty_{uuid.uuid4().hex[:12]}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
def database_url(server: str, template: str) -> Iterator[str]:
    """The address of a fresh database with Jophiel."""
    name = f"jophiel_test_{uuid.uuid4().hex[:12]}"
    yield create_database(server, name, template)
    drop_database(server, name)


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection to `database_url`; rows are named tuples: `row.score`, and equal to plain tuples."""
    with psycopg.connect(database_url, autocommit=True, row_factory=namedtuple_row) as connection:
        yield connection


@pytest.fixture
def freeze(db: psycopg.Connection[Any]) -> Callable[[str], None]:
    """Set the clock of the connection `db`: `freeze("2026-01-01T00:00:00Z")` is what jophiel._now() then returns."""

    def set_clock(now: str) -> None:
        db.execute("select set_config('jophiel.now', %s, false)", (now,))

    return set_clock


@pytest.fixture
def run_cli(database_url: str, tmp_path: Path) -> RunCli:
    """Run the real console script against `database_url`, with a home of its own."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, stdin: str | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "JOPHIEL_DATABASE_URL": database_url,
            "JOPHIEL_HOME": str(tmp_path / "home"),
            "COLUMNS": "200",
            "NO_COLOR": "1",
            **(env or {}),
        }
        return subprocess.run(
            [str(SCRIPT), *arguments],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
