"""Models that a test writes by hand, beside the worlds of tests/sql/feeds/world.py."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

    Connection = psycopg.Connection[Any]


def put_model(
    db: Connection,
    vectors: Mapping[int, tuple[Sequence[float], Sequence[float]]] | None = None,
    *,
    neighbours: Mapping[int, Mapping[int, float]] | None = None,
    weights: Mapping[str, float] | None = None,
    prior: Sequence[float] | None = None,
) -> UUID:
    """Write a model that is ready: in- and out-vectors by item, neighbours by item."""
    model_id = uuid4()
    db.execute("select jophiel._begin_model(%s, 'by hand', '{}')", (model_id,))
    for item, (taken, offered) in (vectors or {}).items():
        db.execute(
            "insert into jophiel.model_vectors values (%s, %s, %s::real[]::public.halfvec, %s::real[]::public.halfvec)",
            (model_id, item, [float(n) for n in taken], [float(n) for n in offered]),
        )
    for item, others in (neighbours or {}).items():
        db.execute(
            "insert into jophiel.item_neighbours values (%s, %s, %s, %s)",
            (model_id, item, list(others), [float(weight) for weight in others.values()]),
        )
    facts = {
        "dimensions": len(next(iter(vectors.values()))[0]) if vectors else None,
        "weights": dict(weights or {}),
        "prior": json.dumps(prior) if prior else None,
    }
    db.execute("select jophiel._finish_model(%s, %s)", (model_id, json.dumps(facts)))
    return model_id


def activate(db: Connection, model_id: UUID) -> int | None:
    """Put a model into use."""
    row = db.execute("select jophiel.activate_model(%s)", (model_id,)).fetchone()
    assert row is not None
    offered: int | None = row[0]
    return offered


def states(db: Connection) -> dict[UUID, str]:
    """The models and their states."""
    return {row.model_id: row.state for row in db.execute("select model_id, state from jophiel.models")}


def blocks(db: Connection, table: str = "item_vectors", column: str = "offer") -> dict[int, list[float]]:
    """The collaborative blocks of all items, the content block being 4 long."""
    block = f"(public.subvector({column}, 5, public.vector_dims({column}) - 4))::public.vector::real[]"
    rows = db.execute(f"select item_id, {block} as block from jophiel.{table}".encode())  # noqa: S608 - names of this file
    return {row.item_id: [round(number, 3) for number in row.block] for row in rows}
