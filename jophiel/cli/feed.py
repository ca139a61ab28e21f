"""`jophiel feed`: what a user is recommended, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json, print_table
from jophiel.database.connection import connect_installed
from jophiel.database.embedding import EmbeddingGateway
from jophiel.database.gateway import Gateway
from jophiel.embeddings.wish import Wishes

if TYPE_CHECKING:
    from jophiel.settings import Settings

_feed_option = click.option("--feed", default="main", show_default=True, help="The feed definition.")


@click.group()
def feed() -> None:
    """Look at feeds; ids are the application's keys."""


@feed.command()
@click.argument("user_id", metavar="ID")
@_feed_option
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Items.")
@click.option(
    "--models", help="On demand, by these alone: content,collaborative,neighbours,following,novelty,popularity."
)
@click.option("--cf-weight", type=float, help="On demand, with this share of the collaborative side: 0 to 1.")
@click.option("--policy", help="On demand, by the weights of another scoring policy.")
@click.option("--query", "query_text", metavar="TEXT", help="On demand, leaning towards a wish in words.")
@click.option("--query-weight", type=float, help="What the likeness to it weighs: 0 to 100; 1 where it is not given.")
@json_option
@pass_settings
def show(
    settings: Settings,
    *,
    user_id: str,
    feed: str,
    limit: int,
    models: str | None,
    cf_weight: float | None,
    policy: str | None,
    query_text: str | None,
    query_weight: float | None,
    as_json: bool,
) -> None:
    """Show the top of a user's feed."""
    named = {
        "models": models.split(",") if models else None,
        "cf_weight": cf_weight,
        "policy": policy,
        "query_text": query_text,
        "query_weight": query_weight,
    }
    options: dict[str, object] = {name: value for name, value in named.items() if value is not None}
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        if query_text is not None and settings.embeddings.model:
            options |= Wishes(settings.embeddings).options(query_text, EmbeddingGateway(connection).model())
        if options:
            items = gateway.recommend(user_id, feed, limit, json.dumps(options))
        else:
            items = gateway.get_feed(user_id, feed, limit)
    if as_json:
        print_json({"user_id": user_id, "feed": feed, "items": items})
    elif items:
        print_table(
            f"Feed {feed} of user {user_id}",
            ("rank", "item", "title", "creator", "score"),
            [(item.rank, item.item_id, item.title, item.creator_id, item.score) for item in items],
        )
    else:
        click.echo(f"the feed {feed} of user {user_id} is empty")


@feed.command()
@click.argument("user_id", metavar="ID")
@click.argument("item_id", metavar="ITEM")
@_feed_option
@json_option
@pass_settings
def explain(settings: Settings, *, user_id: str, item_id: str, feed: str, as_json: bool) -> None:
    """Show why an item has its score for a user; the contributions add up to it."""
    with connect_installed(settings) as connection:
        gateway = Gateway(connection)
        reasons = gateway.explain_score(user_id, item_id, feed)
        title = gateway.item_title(item_id)
    score = sum(reason.contribution for reason in reasons)
    if as_json:
        print_json({"user_id": user_id, "item_id": item_id, "title": title, "score": score, "reasons": reasons})
        return
    print_table(
        f"{title or item_id} for user {user_id}: {score:.4f}",
        ("component", "weight", "value", "contribution"),
        [(reason.component, reason.weight, reason.value, reason.contribution) for reason in reasons],
    )
