"""A small library with feeds, for the commands that read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunCli


@pytest.fixture
def seeded(run_cli: RunCli) -> dict[str, Any]:
    """50 users and 300 items with feeds; what `db seed --json` said."""
    done = run_cli("db", "seed", "--users", "50", "--items", "300", "--interactions", "2000", "--batch", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
