"""Loads `queries.sql`: blocks that start with `-- name: <name>`, then comments that say why, then one statement."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)\s*$", re.MULTILINE)
_FILE = Path(__file__).with_name("queries.sql")


@cache
def load(path: Path = _FILE) -> dict[str, str]:
    """Return the statements of `path` by name. Raises ValueError where a name is used twice or has no statement."""
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    queries: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        lines = [line for line in text.strip().splitlines() if not line.startswith("--")]
        statement = "\n".join(lines).strip().rstrip(";")
        if name in queries or not statement:
            raise ValueError(f"{path.name}: block {name!r} is empty or there twice")
        queries[name] = statement
    return queries


def query(name: str) -> bytes:
    """Return one statement, as bytes: the driver takes no other text that is not a literal."""
    return load()[name].encode()
