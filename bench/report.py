"""What a benchmark says: rows of one table, on the terminal, as JSON and as Markdown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# In the order of the table.
BENCHMARKS = ("recompute", "page", "storage", "vectorise", "memory", "events", "consumer", "serve", "train")
_COLUMNS = ("what", "measured", "against", "ratio", "goal", "met")


@dataclass(frozen=True)
class Row:
    """One measured thing. `ratio` is what the goal speaks of; `at_most` says that less is better."""

    benchmark: str
    what: str
    measured: str
    against: str
    ratio: float
    goal: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Return whether the goal is met; None where there is none."""
        if self.goal is None:
            return None
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def cells(self) -> tuple[str, ...]:
        """Return the row as a table shows it."""
        goal = "" if self.goal is None else f"{'at most ' if self.at_most else ''}{self.goal:g}"
        met = {True: "yes", False: "no", None: ""}[self.met]
        return self.what, self.measured, self.against, f"{self.ratio:.3g}", goal, met


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table(*_COLUMNS)
    for row in rows:
        table.add_row(*row.cells())
    Console(width=150).print(table)


def markdown(rows: Sequence[Row]) -> str:
    """Return the table for bench/README.md."""
    lines = [_COLUMNS, tuple("---" for _ in _COLUMNS), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(rows: Sequence[Row], folder: Path) -> None:
    """Write latest.json and latest.md; rows of benchmarks that were not run this time stay."""
    folder.mkdir(exist_ok=True)
    file = folder / "latest.json"
    former = [Row(**values) for values in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []
    new = {(row.benchmark, row.what) for row in rows}
    merged = sorted([*rows, *(row for row in former if (row.benchmark, row.what) not in new)], key=_order)
    file.write_text(json.dumps([asdict(row) for row in merged], indent=1) + "\n", encoding="utf-8")
    (folder / "latest.md").write_text(markdown(merged), encoding="utf-8")


def _order(row: Row) -> tuple[int, str]:
    return BENCHMARKS.index(row.benchmark), ""
