"""Lets many writers ingest events of the same few users at once, and says how often they deadlocked: never."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.campaign import deadlocks


@click.command()
@click.option("--events", default=100_000, show_default=True)
@click.option("--writers", default=8, show_default=True)
@click.option("--users", default=20, show_default=True)
def main(events: int, writers: int, users: int) -> None:
    """Run the campaign; exit status 1 where there was a deadlock."""
    began = time.monotonic()
    counted, victims = deadlocks(events, writers, users)
    seconds = time.monotonic() - began
    print(f"{events:,} events of {users} users by {writers} writers in {seconds:.0f} s: {counted} deadlocks")
    sys.exit(int(counted != 0 or victims != 0))


if __name__ == "__main__":
    main()
