"""Progress bars on stderr; nothing at all where stderr is no terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from jophiel.cli.output import console

if TYPE_CHECKING:
    from collections.abc import Iterator


class Bars:
    """A bar for each stage, made when the stage is first heard of."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Show how far a stage is; a total of None moves the bar to and fro."""
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


@contextmanager
def bars(*, counted: bool = True) -> Iterator[Bars]:
    """Show bars while the block runs. `counted`: with "done of total", for what is not bytes."""
    screen = console(stderr=True)
    columns = [
        TextColumn("{task.description:<20}"),
        BarColumn(bar_width=36),
        TextColumn("{task.percentage:>3.0f}%"),
        *([MofNCompleteColumn()] if counted else []),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as progress:
        yield Bars(progress)
