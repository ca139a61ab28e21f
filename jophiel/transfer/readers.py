"""Reads tables from CSV and JSONL files, plain or gzipped, a row at a time and in constant memory.

A row that cannot be read is noted with its line and the reason, and the reading goes on; a file that cannot be read at
all is an InputError.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from jophiel.database.rows import Fault
from jophiel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    Row = tuple[int, Sequence[Any], dict[str, Any]]

_LINE_CHARACTERS = 16 * 1024 * 1024
SHOWN_FAULTS = 20

csv.field_size_limit(_LINE_CHARACTERS)


@dataclass(slots=True)
class Faults:
    """The rows of one file that cannot be used: how many, and the first of them."""

    count: int = 0
    first: list[Fault] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        """Note a row."""
        self.count += 1
        if len(self.first) < SHOWN_FAULTS:
            self.first.append(Fault(line, reason))

    def merge(self, count: int, first: Sequence[Fault]) -> None:
        """Note what somebody else found in the same file."""
        self.count += count
        self.first = sorted([*self.first, *first])[:SHOWN_FAULTS]


class Source:
    """An open text file that counts its lines and knows how far it has been read.

    `broken` is set by a line that no database takes (not UTF-8, or with a NUL); who uses the row resets it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line = 0
        self.broken = ""
        try:
            self._raw = path.open("rb", buffering=0)
            self.size = path.stat().st_size
        except IsADirectoryError:
            raise InputError(f"{path} is a folder, not a file") from None
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error
        binary: BinaryIO = io.BufferedReader(self._raw, 1 << 18)
        if path.suffix == ".gz":
            binary = gzip.GzipFile(fileobj=binary, mode="rb")  # type: ignore[assignment]
        # A byte that is no UTF-8 becomes a lone surrogate, which lines() finds.
        self._text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()
        self._raw.close()

    def position(self) -> int:
        """Return the bytes of the file that were read."""
        return 0 if self._raw.closed else self._raw.tell()

    def lines(self) -> Iterator[str]:
        """Yield the lines, line ends included; a broken one with replacements."""
        readline = self._text.readline
        try:
            while line := readline(_LINE_CHARACTERS):
                self.line += 1
                if len(line) == _LINE_CHARACTERS:
                    raise InputError(
                        f"{self.path}:{self.line}: the line is longer than {_LINE_CHARACTERS:,} characters"
                    )
                if not line.isascii() and not _is_unicode(line):
                    self.broken = "is not UTF-8"
                    line = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                if "\0" in line:
                    self.broken = self.broken or "has a NUL character"
                    line = line.replace("\0", "")
                yield line
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise InputError(f"{self.path}: is not a whole gzip file: {error}") from error
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table: those that are taken, in order, and which of them a file must have.

    `has_extras`: columns of other names are taken too, by name.
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    has_extras: bool = False


def file_format(path: Path) -> str:
    """Return "csv" or "jsonl" by the name of the file. Raises InputError."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    found = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(suffixes[-1] if suffixes else "")
    if found is None:
        raise InputError(f"{path}: the format is not known", hint="Use .csv or .jsonl, or either with .gz")
    return found


def read_rows(source: Source, layout: Layout, faults: Faults) -> Iterator[Row]:
    """Yield (line, values, extras): the values of `layout.columns`, None where absent, and the other columns by name.

    Values are text from CSV, and any JSON from JSONL. Raises InputError for an empty file, and for a header without a
    required column; a header alone is a table without rows.
    """
    read = _read_csv if file_format(source.path) == "csv" else _read_jsonl
    return read(source, layout, faults)


def _read_csv(source: Source, layout: Layout, faults: Faults) -> Iterator[Row]:
    reader = csv.reader(source.lines(), strict=True)
    header = _header(source, reader, layout)
    width = len(header)
    # An absent column is the None that every row gets at its end.
    places = [header.index(column) if column in header else width for column in layout.columns]
    pick: Callable[[list[Any]], tuple[Any, ...]] = itemgetter(*places)
    extras = (
        [(place, name) for place, name in enumerate(header) if name not in layout.columns] if layout.has_extras else []
    )
    while True:
        line = source.line + 1
        try:
            row: list[Any] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(line, f"is not CSV: {error}")
            continue
        if source.broken:
            faults.add(line, source.broken)
            source.broken = ""
        elif len(row) == width:
            row.append(None)
            yield line, pick(row), {name: row[place] for place, name in extras if row[place]} if extras else {}
        elif row:
            faults.add(line, f"has {len(row)} columns, the header has {width}")


def _header(source: Source, reader: Iterator[list[str]], layout: Layout) -> list[str]:
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        raise InputError(f"{source.path}: is empty") from None
    except csv.Error as error:
        raise InputError(f"{source.path}:1: is not CSV: {error}") from error
    if source.broken:
        raise InputError(f"{source.path}:1: {source.broken}")
    missing = [column for column in layout.required if column not in header]
    if missing:
        raise InputError(
            f"{source.path}: the column {missing[0]} is missing",
            hint=f"The header has: {', '.join(header)[:200]}",
        )
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise InputError(f"{source.path}: the column {min(twice)} is there twice")
    return header


def _read_jsonl(source: Source, layout: Layout, faults: Faults) -> Iterator[Row]:
    parse = json.JSONDecoder(parse_constant=_refuse_constant).decode
    pick: Callable[[dict[str, Any]], tuple[Any, ...]] = lambda row: tuple(row.get(name) for name in layout.columns)  # noqa: E731
    known = set(layout.columns)
    is_empty = True
    for text in source.lines():
        if not text.strip():
            continue
        is_empty = False
        if source.broken:
            faults.add(source.line, source.broken)
            source.broken = ""
            continue
        try:
            row = parse(text)
        except (ValueError, RecursionError) as error:
            faults.add(source.line, f"is not JSON: {error}")
            continue
        if not isinstance(row, dict):
            faults.add(source.line, "is not a JSON object")
        elif "\\u" in text and not _is_storable(row):
            faults.add(source.line, "has a character that the database cannot store")
        else:
            extras = {k: v for k, v in row.items() if k not in known and v is not None} if layout.has_extras else {}
            yield source.line, pick(row), extras
    if is_empty:
        raise InputError(f"{source.path}: is empty")


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_storable(value: object) -> bool:
    """Return whether no text in `value` has a NUL or half a surrogate pair, which JSON can write as escapes."""
    if isinstance(value, str):
        return "\0" not in value and _is_unicode(value)
    if isinstance(value, dict):
        return all(_is_storable(key) and _is_storable(part) for key, part in value.items())
    return not isinstance(value, list) or all(_is_storable(part) for part in value)
