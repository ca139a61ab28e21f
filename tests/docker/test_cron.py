"""The crontab runner of the image docker/jophiel."""

from __future__ import annotations

import runpy
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parent.parent.parent / "docker" / "jophiel"


@pytest.fixture
def cron() -> dict[str, Any]:
    """The module's names; its functions see what is changed in them."""
    names: dict[str, Any] = runpy.run_path(str(FOLDER / "cron.py"))["run"].__globals__
    return names


@pytest.mark.parametrize("line", ["* * * * jophiel batch run", "99 * * * * true", "* * * * *", "* * * * * echo 'open"])
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    crontab = tmp_path / "crontab"
    crontab.write_text(f"# a comment\n\n{line}\n")
    done = subprocess.run(
        [sys.executable, str(FOLDER / "cron.py"), str(crontab)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"cron: {crontab}:3: ")
    assert done.stderr.count("\n") == 1


def test_the_crontab_of_the_image_is_one(cron: dict[str, Any]) -> None:
    assert cron["read"](FOLDER / "crontab") == [("* * * * *", ["jophiel", "batch", "run"])]


def test_a_job_runs_whenever_it_is_due_and_ends_with_the_runner(cron: dict[str, Any], tmp_path: Path) -> None:
    def soon(_: str, now: datetime) -> Iterator[datetime]:
        yield now + timedelta(milliseconds=10)

    cron["CronSim"] = soon
    runs = tmp_path / "runs"
    # The third run does not end by itself.
    script = f'echo run >> {runs}; [ "$(wc -l < {runs})" -lt 3 ] || {{ touch {tmp_path}/third; exec sleep 300; }}'
    stopping = threading.Event()
    thread = threading.Thread(target=cron["run"], args=("* * * * *", ["sh", "-c", script], stopping))
    begun = datetime.now(UTC)
    thread.start()
    try:
        while thread.is_alive() and not (tmp_path / "third").exists():
            thread.join(0.05)
    finally:
        stopping.set()
        thread.join(60)
    assert not thread.is_alive()
    assert runs.read_text() == "run\n" * 3
    assert datetime.now(UTC) - begun < timedelta(seconds=200)
