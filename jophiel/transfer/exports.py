"""Exports feeds: streamed by COPY to a temporary file, which takes the place of the old one when it is whole."""

from __future__ import annotations

import csv
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from psycopg import IsolationLevel

from jophiel.batch.timings import Run
from jophiel.database.gateway import Gateway
from jophiel.errors import InputError
from jophiel.logs import get_logger
from jophiel.transfer.readers import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

    from jophiel.batch.timings import Stopwatch

    Progress = Callable[[str, int, int | None], None]

_LOGGER = get_logger("export")
_HEADER = b"user_id,rank,item_id,score\n"
_USERS_A_QUERY = 1000


@dataclass(slots=True)
class Report:
    """What an export did: rows written, users of the list that are unknown, and known ones without a feed."""

    rows: int = 0
    unknown: int = 0
    feedless: int = 0


def export_feeds(
    connection: psycopg.Connection[Any],
    *,
    feed: str,
    top: int,
    users: Path | None,
    out: Path,
    progress: Progress = lambda *_: None,
) -> Report:
    """Write the first `top` items of everybody's feed, or of the users in a file, and return what was written.

    All of it is of one moment. Raises InputError for an unknown feed and for a file that cannot be read.
    """
    gateway, run, report = Gateway(connection), Run(), Report()
    if not gateway.feed_exists(feed):
        raise InputError(f'there is no feed "{feed}"', hint="The feeds are rows of jophiel.feed_definitions.")
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    with run.stage("export feeds") as watch, _output(out) as file, connection.transaction():
        file.write(_HEADER)
        if users is None:
            _write(gateway.copy_feeds(feed, top), file, report, watch, progress)
        else:
            for keys in read_users(users):
                without = gateway.users_without_feed(feed, keys)
                report.unknown += without.unknown
                report.feedless += without.feedless
                _write(gateway.copy_feeds(feed, top, keys), file, report, watch, progress)
    progress("export feeds", report.rows, report.rows)
    connection.isolation_level = None
    run.record(gateway)
    _LOGGER.info("exported", extra={"feed": feed, "rows": report.rows, "out": str(out)})
    return report


def read_users(path: Path) -> Iterator[list[str]]:
    """Yield the users of a file, each one once, some at a time: its column user_id, otherwise its first column."""
    seen: set[str] = set()
    with Source(path) as source:
        rows = csv.reader(source.lines())
        place = 0
        keys: list[str] = []
        for number, row in enumerate(rows):
            if source.broken:
                raise InputError(f"{path}:{source.line}: {source.broken}")
            if number == 0 and "user_id" in (header := [cell.strip() for cell in row]):
                place = header.index("user_id")
                continue
            key = row[place].strip() if len(row) > place else ""
            if key and key not in seen:
                seen.add(key)
                keys.append(key)
            if len(keys) == _USERS_A_QUERY:
                yield keys
                keys = []
        if keys:
            yield keys
    if not seen:
        raise InputError(f"{path}: has no users")


def _write(blocks: Iterator[bytes], file: BinaryIO, report: Report, watch: Stopwatch, progress: Progress) -> None:
    for block in blocks:
        file.write(block)
        lines = block.count(b"\n")
        report.rows += lines
        watch.advance(lines)
        progress("export feeds", report.rows, None)


@contextmanager
def _output(out: Path) -> Iterator[BinaryIO]:
    """Yield stdout for "-", otherwise a temporary file beside `out`, renamed to it if the block succeeds."""
    if str(out) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if out.is_dir():
        raise InputError(f"{out} is a folder, not a file")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: there is no such folder")
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
