"""The most memory that the Python process holds while data go in and out, and how long each command takes."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.databases import installed
from bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GOAL = 300.0
INTERACTIONS_AN_ITEM, ITEMS_A_USER = 5, 50
ROWS_A_BLOCK = 100_000
# ru_maxrss of children is the most of any so far; so each command has a small Python of its own around it that reports.
WRAPPER = (
    "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
)


def run(server_url: str, sizes: Sequence[int]) -> Iterator[Row]:
    """Measure at the largest size: seed, batch and export in one database, import in another."""
    items = max(sizes)
    interactions, users = items * INTERACTIONS_AN_ITEM, items // ITEMS_A_USER
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with installed(server_url) as url:
            counts = [f"--items={items}", f"--interactions={interactions}", f"--users={users}"]
            yield _measure(url, items, "db", "seed", *counts)
            yield _measure(url, items, "batch", "run")
            yield _measure(url, items, "export", "feeds", f"--out={folder / 'feeds.csv'}")
        _write_files(folder, items, interactions, users)
        with installed(server_url) as url:
            files = [f"--items={folder / 'items.csv'}", f"--interactions={folder / 'interactions.csv'}"]
            yield _measure(url, items, "import", *files)


def _measure(url: str, items: int, *arguments: str) -> Row:
    command = [str(Path(sys.executable).with_name("jophiel")), *arguments]
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", WRAPPER, *command],
        env={**os.environ, "JOPHIEL_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds = time.monotonic() - begin
    megabytes = int(done.stdout) / 1024
    name = " ".join(word for word in arguments if not word.startswith("--"))
    return Row(
        "memory",
        f"jophiel {name}, {items:,} items, {items * INTERACTIONS_AN_ITEM:,} interactions: MB",
        f"{megabytes:,.0f}",
        f"{seconds:,.0f} s",
        megabytes,
        GOAL,
        at_most=True,
    )


def _write_files(folder: Path, items: int, interactions: int, users: int) -> None:
    rng = np.random.default_rng(1)
    with (folder / "items.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["item_id", "title", "description", "tags", "creator_id", "created_at", "genre"])
        for first in range(1, items + 1, ROWS_A_BLOCK):
            words = rng.zipf(1.3, (min(ROWS_A_BLOCK, items + 1 - first), 9)) % 20_000
            for item, w in enumerate(words.tolist(), first):
                title, text, tags = (
                    f"word{w[0]} word{w[1]}",
                    f"word{w[2]} word{w[3]} word{w[4]}",
                    f"tag{w[5]}|tag{w[6]}",
                )
                creator, created = 1_000_000_000 + item // 20, 1_700_000_000 + item
                writer.writerow([item, title, text, tags, creator, created, f"genre{w[7] % 29}"])
    with (folder / "interactions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id", "type", "ts"])
        for first in range(0, interactions, ROWS_A_BLOCK):
            count = min(ROWS_A_BLOCK, interactions - first)
            who, what = rng.integers(1, users + 1, count), rng.integers(1, items + 1, count)
            for place, (user, item) in enumerate(zip(who.tolist(), what.tolist(), strict=True), first):
                writer.writerow([user, item, "like" if place % 3 else "play", 1_720_000_000 + place])
