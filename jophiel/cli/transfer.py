"""`jophiel import` and `jophiel export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jophiel.cli import pass_settings
from jophiel.cli.output import json_option, print_json
from jophiel.cli.progress import bars
from jophiel.database.connection import connect_installed
from jophiel.transfer.exports import export_feeds
from jophiel.transfer.imports import BadRowsError, first_faults, import_files
from jophiel.transfer.staging import FOLLOWS, INTERACTIONS, ITEMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jophiel.settings import Settings
    from jophiel.transfer.readers import Faults

_FILE = click.Path(path_type=Path)


@click.command(name="import")
@click.option(
    "--items", type=_FILE, help="item_id, title, description, tags, creator_id, domain, created_at, metadata."
)
@click.option("--interactions", type=_FILE, help="user_id, item_id, type, weight, ts.")
@click.option("--follows", type=_FILE, help="user_id, creator_id, ts.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows of files that have bad ones.")
@json_option
@pass_settings
def import_command(
    settings: Settings,
    *,
    items: Path | None,
    interactions: Path | None,
    follows: Path | None,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Import CSV or JSONL files (.gz too), all or nothing.

    Lists are separated by "|", times are unix seconds or ISO 8601, ids are integers or text. Other columns of items
    become their metadata. What is there already is updated; the same file twice changes nothing.
    """
    files = {part: path for part, path in ((ITEMS, items), (FOLLOWS, follows), (INTERACTIONS, interactions)) if path}
    if not files:
        raise click.UsageError("Name a file: --items, --interactions or --follows.")
    try:
        with connect_installed(settings, application_name="jophiel import") as connection, bars(counted=False) as bar:
            report = import_files(connection, files, skip_bad=skip_bad, progress=bar)
    except BadRowsError as error:
        _print_faults(error.faults)
        raise
    _print_faults(report.faults)
    if as_json:
        bad = {str(path): found.count for path, found in report.faults.items()}
        print_json({"read": report.read, "imported": report.imported, "bad": bad})
        return
    for name, count in report.imported.items():
        click.echo(f"{name}: {report.read[name]:,} rows read, {count:,} new or changed")
    for path, found in report.faults.items():
        click.echo(f"{path}: {found.count:,} bad rows skipped")
    click.echo("next: jophiel batch run")


@click.group(name="export")
def export_group() -> None:
    """Write what Jophiel knows to files."""


@export_group.command()
@click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="Items a user.")
@click.option("--feed", default="main", show_default=True, help="The feed definition.")
@click.option("--users", type=_FILE, help="Only these users: a file with a column user_id, or an id a line.")
@click.option(
    "--out", type=click.Path(path_type=Path, allow_dash=True), required=True, help="A CSV file; - for stdout."
)
@pass_settings
def feeds(settings: Settings, *, top: int, feed: str, users: Path | None, out: Path) -> None:
    """Write the top of the feeds as user_id,rank,item_id,score."""
    with connect_installed(settings, application_name="jophiel export") as connection, bars() as bar:
        report = export_feeds(connection, feed=feed, top=top, users=users, out=out, progress=bar)
    if report.unknown or report.feedless:
        click.echo(f"users of {users}: {report.unknown:,} unknown, {report.feedless:,} without a feed", err=True)
    if str(out) != "-":
        click.echo(f"{report.rows:,} rows written to {out}")


def _print_faults(faults: Mapping[Path, Faults]) -> None:
    for path, fault in first_faults(faults):
        click.echo(f"{path}:{fault.line}: {fault.reason}", err=True)
    for path, found in faults.items():
        if found.count > len(found.first):
            click.echo(f"{path}: and {found.count - len(found.first):,} more", err=True)
