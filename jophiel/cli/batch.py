"""`jophiel batch`: the cycle that keeps tastes and feeds fresh."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click

from jophiel.batch.cycle import run_cycle
from jophiel.batch.embedding import embed_if_configured
from jophiel.batch.training import train_if_due
from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.cli.progress import bars
from jophiel.cli.ranges import Between
from jophiel.database.connection import connect_installed, reconnecting
from jophiel.database.gateway import Gateway
from jophiel.errors import DatabaseError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from jophiel.batch.cycle import StageReport
    from jophiel.settings import Settings


@click.group()
def batch() -> None:
    """Keep vectors, tastes and feeds fresh."""


@batch.command()
@click.option("--watch", type=Between(0.1, 86_400), metavar="SECONDS", help="Stay, and run a cycle this often.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Connections that share the work."
)
@click.option(
    "--chunk", type=click.IntRange(1, 100_000), default=500, show_default=True, help="Items or users a commit."
)
@json_option
@pass_settings
def run(settings: Settings, *, watch: float | None, workers: int, chunk: int, as_json: bool) -> None:
    """Run one cycle: texts to embed, a training where one is due, new items, stale tastes, stale feeds.

    May be killed, and run several times at once. SIGTERM and SIGINT end it after the chunk under way.
    """
    connect = reconnecting(settings, application_name="jophiel batch")
    with stop_on_signals() as stopping:
        while True:
            try:
                with connect() as connection:
                    with bars() as bar:
                        embed_if_configured(
                            connection,
                            settings.embeddings,
                            tell=lambda step: click.echo(step, err=True),
                            progress=partial(bar, "embed"),
                            stopped=stopping.is_set,
                        )
                    train_if_due(connection, tell=lambda step: click.echo(f"{step} ...", err=True))
                with bars() as bar:
                    reports = run_cycle(connect, stopping=stopping, workers=workers, chunk=chunk, progress=bar)
                print_reports(reports, as_json=as_json)
            except DatabaseError as error:
                if watch is None:
                    raise
                # A server that restarts is not the end of who watches.
                get_logger("batch").error("%s", error)
                click.echo(f"jophiel: {error}; trying again in {watch:g} s", err=True)
            if watch is None or stopping.wait(watch):
                return


@batch.command()
@json_option
@pass_settings
def status(settings: Settings, *, as_json: bool) -> None:
    """Show what waits for each stage, and how its last run went."""
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        stages = gateway.batch_stages()
        last = {summary.stage: summary for summary in gateway.timing_summary()}
    rows = [
        {
            "stage": found.stage,
            "pending": found.pending,
            "last_processed": last[found.stage].processed if found.stage in last else None,
            "last_seconds": last[found.stage].seconds if found.stage in last else None,
            "last_finished_at": last[found.stage].finished_at if found.stage in last else None,
        }
        for found in stages
    ]
    if as_json:
        print_json({"stages": rows})
        return
    print_table(
        "",
        ("stage", "waiting", "last time", "seconds", "ended"),
        [
            (
                row["stage"],
                row["pending"],
                row["last_processed"],
                None if row["last_seconds"] is None else f"{row['last_seconds']:.2f}",
                f"{row['last_finished_at']:%Y-%m-%d %H:%M:%S}" if row["last_finished_at"] else None,
            )
            for row in rows
        ],
    )


def print_reports(reports: list[StageReport], *, as_json: bool) -> None:
    """Print what a cycle did."""
    if as_json:
        print_json({"processed": sum(report.processed for report in reports), "stages": reports})
        return
    done = [report for report in reports if report.processed]
    if not done:
        click.echo("everything is fresh")
        return
    print_table(
        "",
        ("stage", "processed", "seconds", "per second"),
        [(report.stage, report.processed, f"{report.seconds:.2f}", f"{report.per_second:,.0f}") for report in done],
    )


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Yield an event that the first SIGTERM or SIGINT sets; the second one is deadly as usual."""
    stopping = threading.Event()

    def stop(number: int, _: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, before[number])

    numbers: tuple[int, ...] = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
