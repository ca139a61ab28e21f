"""What the tests of the catalogue share: writing items, features and vectors in few words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

AUDIO: list[dict[str, Any]] = [
    {"feature": "bpm", "kind": "number", "min_value": 60, "max_value": 200},
    {"feature": "genero", "kind": "category"},
    {"feature": "tipo", "kind": "category", "weight": 0.5},
    {"feature": "tags", "kind": "tags"},
    {"feature": "title", "kind": "text", "weight": 0.3},
]


def upsert(db: Connection, *items: object) -> list[tuple[int, str]]:
    """Store items and return (item_id, outcome) for each."""
    rows = db.execute("select item_id, outcome from jophiel.upsert_items(%s)", (json.dumps(items),)).fetchall()
    return [(row[0], row[1]) for row in rows]


def set_features(db: Connection, *features: object) -> None:
    db.execute("select jophiel.set_features(%s)", (json.dumps(features),))


def vectorise(db: Connection, document: object, domain: str = "default") -> list[float]:
    """The content block of a document."""
    row = db.execute(
        "select jophiel.vectorise_document(%s, %s)::public.vector::real[] as content", (json.dumps(document), domain)
    ).fetchone()
    assert row is not None
    return [float(value) for value in row.content]


def contents(db: Connection, table: str = "item_signals", column: str = "signal") -> dict[int, list[float]]:
    """The content blocks of all stored vectors."""
    query = sql.SQL("select item_id, public.subvector({}, 1, 128)::public.vector::real[] as content from {}")
    rows = db.execute(query.format(sql.Identifier(column), sql.Identifier("jophiel", table))).fetchall()
    return {row.item_id: list(row.content) for row in rows}


def product(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def scalar(db: Connection, query: str, parameters: tuple[object, ...] = ()) -> Any:
    """The one value that a query gives."""
    row = db.execute(query, parameters).fetchone()
    assert row is not None
    return row[0]


def plan(db: Connection, query: str) -> str:
    """The plan of a query where sequential scans are the last resort, so that it shows which indexes can serve it."""
    with db.transaction():
        db.execute("set local enable_seqscan = off")
        return "\n".join(row[0] for row in db.execute("explain " + query).fetchall())
