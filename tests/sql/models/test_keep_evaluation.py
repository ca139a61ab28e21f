"""Evaluations stay, and the oldest go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


def keep(db: Connection, **found: object) -> Any:
    document = json.dumps({"split": "temporal", "model": "svd", "users": 7, **found})
    row = db.execute("select jophiel._keep_evaluation('{\"seed\": 1}', %s)", (document,)).fetchone()
    assert row is not None
    return row[0]


def listed(db: Connection, limit: int = 100) -> list[dict[str, Any]]:
    row = db.execute("select jophiel.api_evaluations(%s)", (limit,)).fetchone()
    assert row is not None
    found: list[dict[str, Any]] = json.loads(row[0])["evaluations"]
    return found


def test_they_are_listed_the_newest_first(db: Connection, freeze: Callable[[str], None]) -> None:
    assert listed(db) == []
    for day in (1, 3, 2):
        freeze(f"2026-01-0{day}T00:00:00Z")
        keep(db, users=day)
    assert [one["users"] for one in listed(db)] == [3, 2, 1]
    (newest,) = listed(db, 1)
    assert (newest["split"], newest["model"], newest["options"]) == ("temporal", "svd", {"seed": 1})
    assert newest["created_at"].startswith("2026-01-03T00:00:00")


def test_the_oldest_go(db: Connection, freeze: Callable[[str], None]) -> None:
    db.execute("update jophiel.settings set value = '3' where name = 'evaluations_kept'")
    for day in range(1, 6):
        freeze(f"2026-01-0{day}T00:00:00Z")
        keep(db, users=day)
    assert [one["users"] for one in listed(db)] == [5, 4, 3]
    db.execute("update jophiel.settings set value = '0' where name = 'evaluations_kept'")
    keep(db, users=9)
    assert len(listed(db)) == 1


@pytest.mark.parametrize(
    ("options", "found"),
    [(None, "{}"), ("{}", None), ("{}", "{}"), ("{}", '{"split": "temporal"}'), ("{}", '{"model": "svd"}')],
)
def test_half_an_evaluation_is_none(db: Connection, options: str | None, found: str | None) -> None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute("select jophiel._keep_evaluation(%s, %s)", (options, found))
    assert caught.value.sqlstate == "JO001"
    assert listed(db) == []


@pytest.mark.parametrize("limit", [None, 0, 101])
def test_a_limit_out_of_range(db: Connection, limit: int | None) -> None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute("select jophiel.api_evaluations(%s)", (limit,))
    assert caught.value.sqlstate == "JO001"
