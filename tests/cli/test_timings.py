"""`jophiel timings`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

if TYPE_CHECKING:
    from tests.conftest import RunCli

RECORD = "select jophiel.record_timing(%s, %s, %s, %s, %s, %s)"


def test_the_summary_is_of_the_last_run(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    old, new = uuid4(), uuid4()
    db.execute(RECORD, (old, "feeds", 10, 10, 9.0, 9.0))
    for row in ((10, 10, 1.0, 1.0), (100, 90, 2.0, 3.0), (150, 50, 1.0, 4.0)):
        db.execute(RECORD, (new, "feeds", *row))
    found = json.loads(run_cli("timings", "--json").stdout)
    assert [(r["run_id"], r["processed"], r["seconds"], r["per_second"]) for r in found] == [(str(new), 150, 4.0, 37.5)]
    assert (found[0]["first_10_seconds"], found[0]["first_100_seconds"], found[0]["first_1000_seconds"]) == (
        1.0,
        3.0,
        None,
    )
    assert str(new) in run_cli("timings").stdout
    assert "90" in run_cli("timings", "--run", str(new)).stdout


def test_nothing_yet_and_nothing_of_that_name(run_cli: RunCli) -> None:
    assert json.loads(run_cli("timings", "--json").stdout) == []
    done = run_cli("timings", "--run", str(uuid4()))
    assert (done.returncode, done.stdout) == (1, "")
    assert run_cli("timings", "--run", "x").returncode == 2


def test_old_timings_are_forgotten(db: psycopg.Connection[Any]) -> None:
    db.execute("select set_config('jophiel.now', '2026-01-01T00:00:00Z', false)")
    db.execute(RECORD, (uuid4(), "feeds", 10, 10, 1.0, 1.0))
    db.execute("select set_config('jophiel.now', '2026-02-01T00:00:00Z', false)")
    db.execute(RECORD, (uuid4(), "items", 10, 10, 1.0, 1.0))
    assert db.execute("select stage from jophiel.timings").fetchall() == [("items",)]


def test_a_timing_is_whole(db: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.DatabaseError) as error:
        db.execute(RECORD, (None, "feeds", 10, 10, 1.0, 1.0))
    assert error.value.sqlstate == "JO001"
