"""`jophiel consume`: events from the broker, for a supervisor to keep running."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.batch import stop_on_signals
from jophiel.database.connection import reconnecting
from jophiel.events.broker import parameters
from jophiel.events.consumer import Consumer
from jophiel.events.metrics import served
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
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    help="Serve metrics for Prometheus on this port of 127.0.0.1; 0 takes a free one and logs it.",
)
@pass_settings
def consume(settings: Settings, *, batch: int, prefetch: int, metrics_port: int | None) -> None:
    """Apply events from the broker, each exactly once, until SIGTERM.

    Run as many as you like. Whatever the broker and the database do, it waits for them to come back. SIGTERM and
    SIGINT finish the batch in hand; a second one is deadly, and harmless.
    """
    parameters(settings, "jophiel consume")  # a wrong address is no reason to wait
    show_on_stderr()
    database = reconnecting(settings, application_name="jophiel consume")
    consumer = Consumer(settings, database, batch=batch, prefetch=prefetch)
    with ExitStack() as stack:
        if metrics_port is not None:
            stack.enter_context(served(consumer.counters, metrics_port))
        consumer.run(stack.enter_context(stop_on_signals()))
