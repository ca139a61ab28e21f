"""`jophiel timings`: how long everything took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.database.connection import connect_installed
from jophiel.database.gateway import Gateway
from jophiel.errors import InputError

if TYPE_CHECKING:
    from uuid import UUID

    from jophiel.database.rows import TimingSummary
    from jophiel.settings import Settings


@click.command()
@click.option("--run", "run_id", type=click.UUID, metavar="ID", help="All readings of one run.")
@json_option
@pass_settings
def timings(settings: Settings, *, run_id: UUID | None, as_json: bool) -> None:
    """Show how long each stage took when it last ran, and its first 10, 100 and 1000."""
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        if run_id is None:
            summary = gateway.timing_summary()
            if as_json:
                print_json(summary)
                return
            _print_summary(summary)
            return
        readings = gateway.timings_of_run(run_id)
        if not readings:
            raise InputError(f"there is no run {run_id}", hint="See: jophiel timings")
        if as_json:
            print_json(readings)
            return
        print_table(
            "",
            ("stage", "processed", "chunk", "chunk seconds", "total seconds"),
            [(r.stage, r.processed, r.chunk, seconds(r.chunk_seconds), seconds(r.total_seconds)) for r in readings],
        )


def _print_summary(summary: list[TimingSummary]) -> None:
    print_table(
        "",
        ("stage", "processed", "seconds", "per second", "first 10", "first 100", "first 1000"),
        [
            (
                row.stage,
                row.processed,
                seconds(row.seconds),
                None if row.per_second is None else f"{row.per_second:,.0f}",
                seconds(row.first_10_seconds),
                seconds(row.first_100_seconds),
                seconds(row.first_1000_seconds),
            )
            for row in summary
        ],
    )
    for run_id, ended in {row.run_id: row.finished_at for row in summary}.items():
        click.echo(f"jophiel timings --run {run_id}   {ended:%Y-%m-%d %H:%M:%S}")


def seconds(value: float | None) -> str | None:
    """Return seconds with three decimals."""
    return None if value is None else f"{value:.3f}"
