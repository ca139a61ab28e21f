"""`jophiel demo`: a catalogue, its people and their feeds, in ten seconds, in a database of its own."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click
from psycopg.conninfo import make_conninfo
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from jophiel.api.settings import ApiSettings
from jophiel.batch.cycle import run_cycle
from jophiel.cli import pass_settings
from jophiel.cli.output import console
from jophiel.cli.progress import bars
from jophiel.cli.serve import serve_database, with_role
from jophiel.cli.words import reasons_in_words, taste_rows
from jophiel.database import migrations
from jophiel.database.connection import connect
from jophiel.database.embedded import EmbeddedServer
from jophiel.database.gateway import Gateway
from jophiel.errors import JophielError
from jophiel.seeding.generator import Sizes
from jophiel.seeding.seed import seed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from jophiel.batch.cycle import StageReport
    from jophiel.batch.timings import Run
    from jophiel.database.rows import FeedItem
    from jophiel.settings import Settings

_DATABASE = "jophiel_demo"
_FEED = "main"
_TOP = 10
_COMPARED = 20
_LIKED_RANK = 5
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What became of the top of a feed: items that left, that entered, and that moved with their old and new rank."""

    left: list[FeedItem]
    entered: list[FeedItem]
    moved: list[tuple[FeedItem, int, int]]


@click.command()
@click.option("--users", type=click.IntRange(10, 1_000_000), default=500, show_default=True, help="Users to generate.")
@click.option(
    "--items", type=click.IntRange(100, 10_000_000), default=5000, show_default=True, help="Items to generate."
)
@click.option("--serve/--no-serve", default=True, show_default=True, help="Serve the page of it afterwards.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=None,
    help="Where to serve it.  [default: 8000, or a free one where that is taken]",
)
@pass_settings
def demo(settings: Settings, *, users: int, items: int, serve: bool, port: int | None) -> None:
    """Generate a catalogue and people, make their feeds, like an item, watch a feed change, and serve its page.

    It serves until Ctrl-C; with --no-serve it ends by itself. Works in the database jophiel_demo, which it makes anew;
    nothing else is touched.
    """
    screen = _screen()
    # What is wrong with them is said before the work.
    api = ApiSettings.from_environment() if serve else ApiSettings()
    url = _fresh_database(settings)
    began = time.perf_counter()
    migrations.migrate(url)
    open_connection = partial(connect, url, application_name="jophiel demo")
    with open_connection() as connection:
        # Also where it is not served here: a server of the database that was there before goes on with this one.
        served = with_role(Gateway(connection), settings, api)
    screen.print(f"[bold]Jophiel[/] generates {items:,} samples and {users:,} users in the database {_DATABASE}.\n")
    with bars() as bar:
        with open_connection() as connection:
            _, made = seed(connection, Sizes(users, items, users * 50), seed=1, progress=bar)
        stages = run_cycle(open_connection, stopping=threading.Event(), progress=bar)
    _print_timings(screen, made, stages)
    with open_connection() as connection:
        user = _tell_story(screen, Gateway(connection))
    screen.print(f"\nAll of it took {time.perf_counter() - began:.1f} seconds. Go on in SQL:\n")
    screen.print(f"  {sys.argv[0]} db psql --database {_DATABASE}", style="bold", soft_wrap=True)
    screen.print("  select * from jophiel.user_feed_recommendations", style="dim")
    screen.print(f"   where user_id = {user} limit 10;", style="dim")
    screen.print("\nServe its page, now or another time (until the next demo, which makes the database anew):\n")
    screen.print(f"  {sys.argv[0]} serve --database {_DATABASE}", style="bold", soft_wrap=True)
    if serve:
        screen.print("\nHere it is:\n")
        serve_database(settings, served, url, host="127.0.0.1", port=port, path=f"/#/user/{user}")


def _screen() -> Console:
    """Return a console no wider than the demonstration looks good."""
    screen = console()
    screen.width = min(screen.width, _WIDTH) if screen.is_terminal else _WIDTH
    return screen


def _fresh_database(settings: Settings) -> str:
    """Make the demonstration's database anew and return its address."""
    if settings.database_url is None:
        server = EmbeddedServer(settings)
        server.start()
        base, url = server.url("postgres"), server.url(_DATABASE)
    else:
        base, url = settings.database_url, make_conninfo(settings.database_url, dbname=_DATABASE)
    with connect(base, application_name="jophiel demo") as connection:
        Gateway(connection).recreate_demo_database()
    return url


def _tell_story(screen: Console, gateway: Gateway) -> str:
    """Show somebody's taste and feed, like an item, show what that changed, and return who it was."""
    user = gateway.demo_user()
    if user is None:
        raise JophielError("the generated users are too few for a demonstration", hint="Take more --users.")
    _heading(screen, f"The taste of user {user}, in words")
    table = _table(("feature", {"style": "bold"}), ("preference", {}))
    for feature, words in taste_rows(gateway.describe_taste(user, 5)):
        table.add_row(feature, escape(words))
    screen.print(table)

    before = gateway.get_feed(user, _FEED, _COMPARED)
    _heading(screen, f"The top ten of user {user}, and why")
    table = _table(
        ("", {"justify": "right", "style": "dim"}),
        ("sample", {"no_wrap": True, "ratio": 1}),
        ("score", {"justify": "right"}),
        ("because", {"min_width": 46}),
    )
    for item in before[:_TOP]:
        why = reasons_in_words(gateway.explain_score(user, item.item_id, _FEED))
        table.add_row(str(item.rank), escape(item.title), f"{item.score:.3f}", f"[green]{why}[/]")
    screen.print(table)

    liked = before[min(_LIKED_RANK, len(before)) - 1]
    _heading(screen, f"User {user} likes number {liked.rank}: {liked.title}")
    began = time.perf_counter()
    gateway.record_interaction(user, liked.item_id, "like")
    gateway.recompute_feed(user, _FEED)
    seconds = time.perf_counter() - began
    _print_change(screen, compare(before, gateway.get_feed(user, _FEED, _COMPARED)), seconds)
    return user


def compare(before: Sequence[FeedItem], after: Sequence[FeedItem]) -> Change:
    """Return how the top of a feed has changed."""
    old = {item.item_id: item for item in before}
    new = {item.item_id: item for item in after}
    return Change(
        left=[item for item in before if item.item_id not in new],
        entered=[item for item in after if item.item_id not in old],
        moved=[
            (item, old[item.item_id].rank, item.rank)
            for item in after
            if item.item_id in old and old[item.item_id].rank != item.rank
        ],
    )


def _print_timings(screen: Console, made: Run, stages: Sequence[StageReport]) -> None:
    table = _table(
        ("stage", {}),
        ("rows", {"justify": "right"}),
        ("seconds", {"justify": "right"}),
        ("a second", {"justify": "right"}),
    )
    rows = [(name, watch.processed, made.seconds[name]) for name, watch in made.stages.items()]
    rows += [(stage.stage, stage.processed, stage.seconds) for stage in stages if stage.processed]
    for name, processed, seconds in rows:
        table.add_row(name, f"{processed:,}", f"{seconds:.2f}", f"{processed / max(seconds, 1e-9):,.0f}")
    table.add_row("[bold]together", "", f"[bold]{sum(row[2] for row in rows):.2f}", "")
    _heading(screen, "How long it took")
    screen.print(table)


def _print_change(screen: Console, change: Change, seconds: float) -> None:
    table = _table(("", {}), ("sample", {"ratio": 1}), ("rank", {"justify": "right"}))
    for item in change.left:
        table.add_row("[red]left[/]", escape(item.title), f"was {item.rank}")
    for item in change.entered:
        table.add_row("[green]entered[/]", escape(item.title), f"{item.rank}")
    for item, old, new in change.moved[:_TOP]:
        table.add_row("[cyan]rose[/]" if new < old else "[yellow]fell[/]", escape(item.title), f"{old} → {new}")
    screen.print(table)
    screen.print(f"The like, the taste and the feed took {seconds * 1000:.0f} ms.", style="dim")


def _heading(screen: Console, text: str) -> None:
    screen.print()
    screen.print(Rule(f"[bold]{escape(text)}[/]", align="left", style="dim"))


def _table(*columns: tuple[str, dict[str, object]]) -> Table:
    table = Table(
        box=None, padding=(0, 1, 0, 0), header_style="dim", expand=any("ratio" in options for _, options in columns)
    )
    for name, options in columns:
        table.add_column(name, **options)  # type: ignore[arg-type]
    return table
