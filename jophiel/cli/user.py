"""`jophiel user`: one user's taste and feed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.cli.words import taste_rows
from jophiel.database.connection import connect_installed
from jophiel.database.gateway import Gateway
from jophiel.errors import InputError

if TYPE_CHECKING:
    from jophiel.settings import Settings


@click.group()
def user() -> None:
    """Look at a user and recompute what depends on them; ID is the application's key."""


@user.command()
@click.argument("user_id", metavar="ID")
@click.option("--feed", default="main", show_default=True, help="The feed definition.")
@json_option
@pass_settings
def recalc(settings: Settings, *, user_id: str, feed: str, as_json: bool) -> None:
    """Compute the taste anew from the log, and then the feed."""
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        began = time.perf_counter()
        gateway.rebuild_taste(user_id)
        gateway.recompute_feed(user_id, feed)
        seconds = time.perf_counter() - began
        top = gateway.get_feed(user_id, feed, 10)
    if as_json:
        print_json({"user_id": user_id, "feed": feed, "seconds": seconds, "top": top})
        return
    click.echo(f"user {user_id}: taste and feed {feed} recomputed in {seconds * 1000:.0f} ms")
    print_table("", ("rank", "item", "title", "score"), [(i.rank, i.item_id, i.title, i.score) for i in top])


@user.command()
@click.argument("user_id", metavar="ID")
@click.option("--limit", type=click.IntRange(1, 100), default=8, show_default=True, help="Terms a feature.")
@json_option
@pass_settings
def taste(settings: Settings, *, user_id: str, limit: int, as_json: bool) -> None:
    """Show what a user likes, in words."""
    with connect_installed(settings) as connection:
        found = Gateway(connection).describe_taste(user_id, limit)
    if as_json:
        print_json(found)
        return
    rows = taste_rows(found)
    if rows:
        print_table(f"The taste of user {user_id}", ("feature", "preference"), rows)
    else:
        click.echo(f"nothing is known of the taste of user {user_id}")


@user.command()
@click.argument("user_id", metavar="ID")
@click.argument("item_id", metavar="ITEM")
@click.option("--type", "interaction_type", default="like", show_default=True, help="What the user did.")
@click.option("--feed", default="main", show_default=True, help="The feed to recompute.")
@pass_settings
def like(settings: Settings, *, user_id: str, item_id: str, interaction_type: str, feed: str) -> None:
    """Record that a user liked an item (or did something else), and recompute the feed."""
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        began = time.perf_counter()
        if gateway.item_title(item_id) is None:
            # An event may come before its item; a person at the keyboard has mistyped it.
            raise InputError(f'there is no item "{item_id}"')
        gateway.record_interaction(user_id, item_id, interaction_type)
        gateway.recompute_feed(user_id, feed)
        seconds = time.perf_counter() - began
    click.echo(
        f"user {user_id}: {interaction_type} of {item_id} recorded, feed {feed} recomputed in {seconds * 1000:.0f} ms"
    )
