"""`jophiel items`: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.database.connection import connect_installed
from jophiel.database.gateway import Gateway

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
