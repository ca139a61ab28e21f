"""Events as publishers write them, and what became of them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

START = datetime(2026, 1, 1, tzinfo=UTC)


def event(name: str, at: float = 0, number: int | None = None, **payload: Any) -> dict[str, Any]:
    """An event `at` seconds after START; `number` makes its id, a random one otherwise.

    `like` is short for `user.interaction.like`.
    """
    return {
        "event_name": name if "." in name else f"user.interaction.{name}",
        "event_id": str(uuid.uuid4() if number is None else uuid.UUID(int=number)),
        "event_timestamp": (START + timedelta(seconds=at)).isoformat().replace("+00:00", "Z"),
        "source": "tests",
        "payload": payload,
    }


def ingest(db: psycopg.Connection[Any], *events: Any) -> list[str]:
    """The outcomes of one call."""
    return [row.outcome for row in results(db, *events)]


def results(db: psycopg.Connection[Any], *events: Any) -> Sequence[Any]:
    """The rows of one call."""
    rows = db.execute("select * from jophiel.ingest_events(%s)", (json.dumps(events),)).fetchall()
    assert [row.number for row in rows] == list(range(1, len(events) + 1))
    return rows
