"""`jophiel items`: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.batch import stop_on_signals
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.cli.progress import bars
from jophiel.database.connection import connect_installed
from jophiel.database.gateway import Gateway
from jophiel.embeddings.encoder import open_encoder

if TYPE_CHECKING:
    from jophiel.settings import Settings


@click.group()
def items() -> None:
    """Look at items; ids are the application's keys."""


@items.command()
@click.argument("item_id", metavar="ID")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Items.")
@json_option
@pass_settings
def similar(settings: Settings, *, item_id: str, limit: int, as_json: bool) -> None:
    """Show the items most like one."""
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        found = gateway.similar_items(item_id, limit)
        title = gateway.item_title(item_id)
    if as_json:
        print_json({"item_id": item_id, "title": title, "items": found})
    elif found:
        print_table(
            f"Like {title or item_id}",
            ("rank", "item", "title", "similarity"),
            [(rank, item.item_id, item.title, item.score) for rank, item in enumerate(found, start=1)],
        )
    else:
        click.echo(f"nothing is like item {item_id}")


@items.command()
@click.option("--chunk", type=click.IntRange(1, 10_000), default=64, show_default=True, help="Items a commit.")
@click.option(
    "--all", "everything", is_flag=True, help="Look at every text again; what is unchanged is not embedded again."
)
@json_option
@pass_settings
def embed(settings: Settings, *, chunk: int, everything: bool, as_json: bool) -> None:
    """Embed the texts of items that are new or were changed, by what JOPHIEL_EMBEDDINGS_MODEL says.

    Feeds are served meanwhile. May be killed: the next run goes on. SIGTERM and SIGINT end it after the chunk under
    way.
    """
    encoder = open_encoder(settings.embeddings)
    from jophiel.embeddings.catalogue import embed_items  # noqa: PLC0415 - numpy, which no other command here waits for

    with (
        connect_installed(settings, application_name="jophiel items embed") as connection,
        stop_on_signals() as stopping,
        bars() as bar,
    ):
        done = embed_items(
            connection,
            encoder,
            chunk=chunk,
            everything=everything,
            progress=lambda count, total: bar("embed", count, total),
            stopped=stopping.is_set,
        )
    if as_json:
        print_json(done)
        return
    click.echo(
        f"{done.embedded} texts embedded by {done.model} in {done.seconds:.1f} s"
        f" ({done.unchanged} are unchanged, {done.empty} items have no text)"
        + ("; next: jophiel batch run" if done.fitted else "")
    )
