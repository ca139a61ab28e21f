"""Kills consumers, PostgreSQL and RabbitMQ while events arrive, and says what was lost or counted twice: nothing."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.campaign import Plan, run


@click.command()
@click.option("--events", default=200_000, show_default=True)
@click.option("--users", default=5_000, show_default=True)
@click.option("--items", default=5_000, show_default=True)
@click.option("--consumer-kills", default=200, show_default=True)
@click.option("--database-stops", default=20, show_default=True)
@click.option("--broker-kills", default=10, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(**numbers: int) -> None:
    """Run the campaign; exit status 1 where a book does not balance."""
    plan = Plan(**numbers)
    began = time.monotonic()
    result = run(plan, lambda words: print(f"{time.monotonic() - began:7.1f} s  {words}", flush=True))
    print(f"events published, duplicates and malformed among them: {result.published:,}")
    print(f"consumers killed with -9: {plan.consumer_kills}")
    print(f"PostgreSQL stopped with -m immediate: {plan.database_stops}")
    print(f"RabbitMQ killed with -9 while publishing: {plan.broker_kills}")
    print(f"lost: {result.lost}")
    print(f"users with an event applied twice: {result.applied_twice}")
    print(f"users whose state differs from a clean run: {result.users_that_differ}")
    print(f"malformed in the dead-letter queue with a reason: {result.malformed_found} of {plan.malformed}")
    print(f"seconds until all were applied: {result.seconds:.0f}")
    faults = result.lost + result.applied_twice + result.users_that_differ
    sys.exit(int(faults > 0 or result.malformed_found != plan.malformed))


if __name__ == "__main__":
    main()
