"""`jophiel db seed`: sample data with planted tastes."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import click

from jophiel.batch.cycle import run_cycle
from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json
from jophiel.cli.progress import bars
from jophiel.database.connection import connect_installed
from jophiel.seeding.generator import Sizes
from jophiel.seeding.seed import seed as seed_database

if TYPE_CHECKING:
    from jophiel.settings import Settings

_COUNT = click.IntRange(0, 100_000_000)


@click.command()
@click.option("--users", type=_COUNT, default=50, show_default=True, help="Users, with the ids from 1.")
@click.option("--items", type=_COUNT, default=500, show_default=True, help="Items, with the ids from 1.")
@click.option("--interactions", type=_COUNT, default=5000, show_default=True, help="Interactions of the last 90 days.")
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="The same seed gives the same data."
)
@click.option("--domain", default="default", show_default=True, help="The domain of the items.")
@click.option(
    "--batch/--no-batch", "with_batch", default=False, show_default=True, help="Run a batch cycle afterwards."
)
@json_option
@pass_settings
def seed(
    settings: Settings,
    *,
    users: int,
    items: int,
    interactions: int,
    seed: int,
    domain: str,
    with_batch: bool,
    as_json: bool,
) -> None:
    """Generate an audio library and people with planted tastes.

    Items with these ids are replaced. The audio feature schema is installed unless the features were changed.
    """
    with bars() as bar:
        with connect_installed(settings, application_name="jophiel seed") as connection:
            report, run = seed_database(
                connection, Sizes(users, items, interactions), seed=seed, domain=domain, progress=bar
            )
        stages = []
        if with_batch:
            connect = partial(connect_installed, settings, application_name="jophiel batch")
            stages = run_cycle(connect, stopping=threading.Event(), progress=bar)
    if as_json:
        print_json(
            {
                "seed": seed,
                "generated": report.read,
                "imported": report.imported,
                "seconds": run.seconds,
                "batch": stages,
            }
        )
        return
    for name, count in report.imported.items():
        click.echo(f"{name}: {report.read[name]:,} generated, {count:,} new or changed")
    click.echo("next: jophiel feed show 1" if with_batch else "next: jophiel batch run")
