"""Runs psql, as an operator without Python would."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from jophiel.database import binaries
from jophiel.database.resources import migrations_folder, sql_folder

if TYPE_CHECKING:
    from pathlib import Path


def psql(url: str, *arguments: str | Path) -> str:
    """Run psql, stopping at the first error; return what it printed."""
    program = binaries.find(None, sql_folder()).folder / "psql"
    done = subprocess.run(
        [str(program), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def install(url: str) -> None:
    """Install Jophiel by hand: the migrations in their order, then the manifest."""
    for path in sorted(migrations_folder().glob("*.sql")):
        psql(url, "-1", "-f", path)
    psql(url, "-f", sql_folder() / "install.sql")
