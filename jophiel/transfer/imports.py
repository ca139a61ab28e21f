"""Imports files: COPY into staging tables, a check of every row, a set-based move; one transaction, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jophiel.batch.timings import Run
from jophiel.database.gateway import Gateway
from jophiel.errors import InputError, driver_errors
from jophiel.logs import get_logger
from jophiel.transfer.readers import SHOWN_FAULTS, Faults, Source, read_rows
from jophiel.transfer.staging import PARTS, converted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import psycopg

    from jophiel.batch.timings import Stopwatch
    from jophiel.database.rows import Fault
    from jophiel.transfer.staging import Part, Staged

    # Told the name of the stage, how much is done, and how much there is (None: not known).
    Progress = Callable[[str, int, int | None], None]

_LOGGER = get_logger("import")
_ROWS_A_REPORT = 2000


class BadRowsError(InputError):
    """Files have rows that cannot be imported."""

    default_hint = "Nothing was imported. Correct them, or use --skip-bad."

    def __init__(self, faults: Mapping[Path, Faults]) -> None:
        self.faults = faults
        count = sum(found.count for found in faults.values())
        super().__init__(f"{count:,} bad row{'s' if count != 1 else ''}")


@dataclass(slots=True)
class Report:
    """What an import did: rows that are new or changed and rows that were read, by part, and the bad rows by file."""

    read: dict[str, int] = field(default_factory=dict)
    imported: dict[str, int] = field(default_factory=dict)
    faults: dict[Path, Faults] = field(default_factory=dict)


def import_files(
    connection: psycopg.Connection[Any],
    files: Mapping[Part, Path],
    *,
    skip_bad: bool,
    progress: Progress = lambda *_: None,
) -> Report:
    """Import the files and return what was done. Raises BadRowsError, and InputError for a file that is none.

    Without `skip_bad` one bad row is enough for nothing to be imported.
    """
    gateway, run, report = Gateway(connection), Run(), Report()
    parts = [part for part in PARTS if part in files]
    with connection.transaction():
        gateway.create_import_staging()
        for part in parts:
            path = files[part]
            faults = report.faults[path] = Faults()
            with run.stage(f"read {part.name}") as watch, Source(path) as source:
                rows = converted(part, path, read_rows(source, part.layout, faults), faults)
                stage(gateway, part, _watched(rows, source, part, progress), watch)
            report.read[part.name] = (
                watch.processed + faults.count
            )  # those that were staged, and those that could not be
            faults.merge(gateway.check_staged(part.name), gateway.staged_faults(part.name, SHOWN_FAULTS))
        bad = {path: found for path, found in report.faults.items() if found.count}
        report.faults = bad
        if bad and not skip_bad:
            raise BadRowsError(bad)
        move(gateway, parts, run, report, progress)
    gateway.analyze_imported()
    run.record(gateway)
    _LOGGER.info(
        "imported",
        extra={"rows": report.imported, "bad": {str(path): found.count for path, found in bad.items()}},
    )
    return report


def stage(gateway: Gateway, part: Part, rows: Iterable[Staged], watch: Stopwatch) -> None:
    """COPY rows into the staging table of `part`."""
    with driver_errors(), gateway.copy(part.name) as copy:
        write = copy.write_row
        for row in watch.each(rows):
            write(row)


def move(gateway: Gateway, parts: Iterable[Part], run: Run, report: Report, progress: Progress) -> None:
    """Move the staged rows of `parts` into the tables."""
    for part in parts:
        progress(f"store {part.name}", 0, None)
        with run.stage(f"store {part.name}") as watch:
            report.imported[part.name] = gateway.import_staged(part.name)
            watch.advance(report.imported[part.name])
        progress(f"store {part.name}", 1, 1)


def _watched(rows: Iterator[Staged], source: Source, part: Part, progress: Progress) -> Iterator[Staged]:
    """Yield the rows, and tell now and then how much of the file has been read."""
    name = f"read {part.name}"
    for number, row in enumerate(rows):
        if number % _ROWS_A_REPORT == 0:
            progress(name, source.position(), source.size)
        yield row
    progress(name, source.size, source.size)


def first_faults(faults: Mapping[Path, Faults]) -> list[tuple[Path, Fault]]:
    """Return the bad rows that are shown: the first of each file."""
    return [(path, fault) for path, found in faults.items() for fault in found.first]
