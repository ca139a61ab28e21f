"""`jophiel consume`: events from the broker, for a supervisor to keep running."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.batch import stop_on_signals
from jophiel.database.connection import connect_installed
from jophiel.events.broker import parameters
from jophiel.events.consumer import Consumer
from jophiel.logs import show_on_stderr

if TYPE_CHECKING:
    from jophiel.settings import Settings


@click.command()
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Events a transaction, at most."
)
@click.option(
    "--prefetch",
    type=click.IntRange(1, 65_535),
    default=400,
    show_default=True,
    help="Messages taken from the broker that are not acknowledged yet, at most.",
)
@pass_settings
def consume(settings: Settings, *, batch: int, prefetch: int) -> None:
    """Apply events from the broker, each exactly once, until SIGTERM.

    Run as many as you like. Whatever the broker and the database do, it waits for them to come back. SIGTERM and
    SIGINT finish the batch in hand; a second one is deadly, and harmless.
    """
    parameters(settings, "jophiel consume")  # a wrong address is no reason to wait
    show_on_stderr()
    database = partial(connect_installed, settings, application_name="jophiel consume")
    with stop_on_signals() as stopping:
        Consumer(settings, database, batch=batch, prefetch=prefetch).run(stopping)
