"""`jophiel batch`: a cycle, shared, stopped, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import SCRIPT

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from tests.conftest import RunCli

SEED = ("db", "seed", "--users", "120", "--items", "400", "--interactions", "3000")


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "JOPHIEL_DATABASE_URL": database_url, "JOPHIEL_HOME": str(tmp_path / "home")}


def pending(run_cli: RunCli) -> dict[str, int]:
    found = json.loads(run_cli("batch", "status", "--json").stdout)
    return {stage["stage"]: stage["pending"] for stage in found["stages"]}


def test_a_cycle_leaves_nothing_to_do(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    assert run_cli(*SEED).returncode == 0
    assert pending(run_cli)["taste"] == 120
    done = json.loads(run_cli("batch", "run", "--json").stdout)
    stages = {stage["stage"]: stage for stage in done["stages"]}
    assert stages["feeds"]["processed"] == 120
    assert db.execute("select count(*) from jophiel.feeds where cardinality(item_ids) > 0").fetchone() == (120,)
    assert set(pending(run_cli).values()) == {0}
    assert run_cli("batch", "run").stdout == "everything is fresh\n"


def test_chunks_are_timed_at_their_marks(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    assert run_cli(*SEED).returncode == 0
    assert run_cli("batch", "run", "--chunk", "50").returncode == 0
    assert db.execute(
        "select array_agg(processed order by processed) from jophiel.timings where stage = 'feeds'"
    ).fetchone() == ([10, 100, 120],)
    assert "feeds" in run_cli("timings").stdout


def test_workers_share_a_cycle_and_give_the_same_feeds(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    assert run_cli(*SEED).returncode == 0
    done = json.loads(run_cli("batch", "run", "--workers", "3", "--chunk", "10", "--json").stdout)
    assert {s["stage"]: s["processed"] for s in done["stages"]}["feeds"] == 120
    assert db.execute("select count(*) from jophiel.feeds").fetchone() == (120,)
    assert set(pending(run_cli).values()) == {0}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_watch_with_status_zero(
    run_cli: RunCli, environment: dict[str, str], number: signal.Signals
) -> None:
    assert run_cli(*SEED).returncode == 0
    with subprocess.Popen(
        [str(SCRIPT), "batch", "run", "--watch", "60"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # the first cycle's table: it waits now
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, b"")


def test_kill_loses_nothing(run_cli: RunCli, environment: dict[str, str], db: psycopg.Connection[Any]) -> None:
    assert run_cli(*SEED).returncode == 0
    with subprocess.Popen(
        [str(SCRIPT), "batch", "run", "--chunk", "1"], env=environment, stdout=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            row = db.execute("select count(*) from jophiel.feeds").fetchone()
            if row is not None and row[0] > 5:
                break
            time.sleep(0.01)
        process.kill()
    assert run_cli("batch", "run").returncode == 0
    assert db.execute("select count(*) from jophiel.feeds where cardinality(item_ids) > 0").fetchone() == (120,)
    assert set(pending(run_cli).values()) == {0}


def test_a_database_that_is_gone_is_one_line(run_cli: RunCli) -> None:
    done = run_cli("batch", "run", env={"JOPHIEL_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/none"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert run_cli("batch", "run", "--workers", "0").returncode == 2


@pytest.mark.parametrize("seconds", ["nan", "inf", "0"])
def test_a_watch_that_would_never_wait_or_never_end_is_refused(run_cli: RunCli, seconds: str) -> None:
    done = run_cli(
        "batch", "run", "--watch", seconds, env={"JOPHIEL_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/none"}
    )
    assert done.returncode == 2
