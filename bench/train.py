"""What the default training takes on one core: `jophiel train` on seeded data, its processor time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.databases import installed
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS_GOAL, MB_GOAL = 60.0, 1000.0
INTERACTIONS_A_USER = 50
# A small Python of its own around the command: ru_maxrss of children is the most of any so far.
WRAPPER = (
    "import os, resource, subprocess, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
    "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss); sys.exit(done.returncode)"
)


def run(server_url: str, sizes: Sequence[int]) -> Iterator[Row]:
    """Measure at as many interactions as the largest size."""
    interactions = max(sizes)
    users = interactions // INTERACTIONS_A_USER
    with installed(server_url) as url:
        _command(url, "db", "seed", f"--items={users}", f"--users={users}", f"--interactions={interactions}")
        began = time.monotonic()
        processor, kilobytes = map(float, _command(url, "train").split())
        seconds = time.monotonic() - began
    name = f"jophiel train, {interactions:,} interactions, {users:,} users and items"
    yield Row("train", f"{name}: seconds of one core", f"{processor:,.0f}", f"{seconds:,.0f} s by the clock",
              processor, SECONDS_GOAL, at_most=True)  # fmt: skip
    megabytes = kilobytes / 1024
    yield Row("train", f"{name}: MB", f"{megabytes:,.0f}", "", megabytes, MB_GOAL, at_most=True)


def _command(url: str, *arguments: str) -> str:
    program = str(Path(sys.executable).with_name("jophiel"))
    return subprocess.run(
        [sys.executable, "-c", WRAPPER, program, *arguments],
        env={**os.environ, "JOPHIEL_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
