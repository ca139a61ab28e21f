"""Puts rows into the staging tables by COPY: from files here, from the generator in `jophiel.seeding`.

Text goes as it is and is judged in SQL, set-based; only what COPY itself would refuse is judged here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jophiel.errors import InputError
from jophiel.transfer.readers import Layout, file_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jophiel.transfer.readers import Faults, Row

    Staged = tuple[Any, ...]
    Convert = Callable[[int, Sequence[Any], dict[str, Any]], Staged]

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of rows: `name` is that of its staging table, and of the option for its file.

    Files bring items, follows and interactions; the generator of sample data brings users and collections too.
    """

    name: str
    layout: Layout


ITEMS = Part(
    "items",
    Layout(
        ("item_id", "domain", "creator_id", "title", "description", "tags", "metadata", "created_at"),
        required=("item_id",),
        has_extras=True,
    ),
)
FOLLOWS = Part("follows", Layout(("user_id", "creator_id", "ts"), required=("user_id", "creator_id")))
USERS = Part("users", Layout(("user_id", "profile", "interests", "locale", "created_at"), required=("user_id",)))
COLLECTIONS = Part(
    "collections",
    Layout(("user_id", "collection_id", "title", "item_id", "ts"), required=("user_id", "collection_id", "item_id")),
)
INTERACTIONS = Part(
    "interactions", Layout(("user_id", "item_id", "type", "weight", "ts"), required=("user_id", "item_id"))
)

# In the order in which they are moved into the tables.
PARTS = (ITEMS, USERS, FOLLOWS, COLLECTIONS, INTERACTIONS)


def converted(part: Part, path: Path, rows: Iterator[Row], faults: Faults) -> Iterator[Staged]:
    """Yield the rows of a file as its staging table takes them: the line, then the columns of the layout.

    Raises InputError for a file of interactions that was given as one of items.
    """
    if file_format(path) == "csv" and part is not ITEMS:
        for line, values, _ in rows:
            yield (line, *values)
        return
    convert: Convert = _plain if part is not ITEMS else _csv_item if file_format(path) == "csv" else _jsonl_item
    for number, (line, values, extras) in enumerate(rows):
        if number == 0 and part is ITEMS:
            _refuse_interactions(path, values, extras)
        try:
            yield convert(line, values, extras)
        except ValueError as error:
            faults.add(line, str(error))


def _refuse_interactions(path: Path, values: Sequence[Any], extras: dict[str, Any]) -> None:
    """Refuse what would be taken as items with nothing in them, as any other column becomes metadata."""
    given = dict(zip(ITEMS.layout.columns, values, strict=True))
    has_content = any(given[name] is not None for name in ("title", "description", "tags"))
    if "user_id" in extras and ("type" in extras or "ts" in extras) and not has_content:
        raise InputError(
            f"{path}: has interactions, not items: a user_id with type or ts, and no title, description or tags",
            hint="Give it by --interactions.",
        )


def _plain(line: int, values: Sequence[Any], _: dict[str, Any]) -> Staged:
    return (line, *(_text(value) for value in values))


def _csv_item(line: int, values: Sequence[Any], extras: dict[str, Any]) -> Staged:
    item_id, domain, creator_id, title, description, tags, metadata, created_at = values
    given = _object(metadata) if metadata and not metadata.isspace() else {}
    document = {**{name: _cell(value) for name, value in extras.items()}, **given}
    return (
        line, item_id, domain, creator_id, title, description, _split(tags) if tags else None,
        _dump(document) if document else None, created_at,
    )  # fmt: skip


def _jsonl_item(line: int, values: Sequence[Any], extras: dict[str, Any]) -> Staged:
    item_id, domain, creator_id, title, description, tags, metadata, created_at = values
    if metadata is None or isinstance(metadata, dict):
        document = {**extras, **(metadata or {})}
    else:
        raise ValueError("metadata is not a JSON object")
    if isinstance(tags, list):
        tags = [tag for tag in (_text(tag) for tag in tags) if tag]
    elif tags is not None:
        tags = _split(_text(tags) or "")
    return (
        line, _text(item_id), _text(domain), _text(creator_id), _text(title), _text(description), tags,
        _dump(document) if document else None, _text(created_at),
    )  # fmt: skip


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{json.dumps(value)[:40]} is neither a text nor a number")


def _split(value: str) -> list[str]:
    return [part for part in (part.strip() for part in value.split("|")) if part]


def _cell(value: str) -> Any:
    """Return what a cell of a column of its own becomes in the metadata: a number, a list of texts, or a text."""
    if _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return _split(value) if "|" in value else value


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"metadata is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("metadata is not a JSON object")  # noqa: TRY004 - of the file's text, not of a type
    return found


def _dump(document: dict[str, Any]) -> str:
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except ValueError:
        raise ValueError("metadata has a value that the database cannot store") from None
    if "\\u0000" in text:
        raise ValueError("metadata has a value that the database cannot store")
    return text
