"""How commands print: JSON for scripts, tables for people, progress on stderr."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_UNCUT = 10_000
Function = TypeVar("Function", bound="Callable[..., Any]")


def json_option(command: Function) -> Function:
    """Give a command the flag `--json`, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def print_json(value: object) -> None:
    """Print dataclasses, dicts and lists as JSON on stdout."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on stdout; numbers to the right."""
    content = [list(row) for row in rows]
    table = Table(title=title, title_justify="left")
    for position, column in enumerate(columns):
        numeric = bool(content) and all(isinstance(row[position], int | float | Decimal) for row in content)
        table.add_column(column, justify="right" if numeric else "left")
    for row in content:
        table.add_row(*(_cell(value) for value in row))
    target = console()
    if not target.is_terminal:
        # For another program, or a file: nothing is cut.
        target.width = _UNCUT
    target.print(table)


def console(*, stderr: bool = False) -> Console:
    """Return a console; made anew, as tests replace stdout."""
    return Console(stderr=stderr, highlight=False)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID | Path):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(type(value).__name__)
