"""When the batch trains by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.models.trained import activate, put_model, states

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


def due(db: Connection) -> Any:
    return db.execute("select model_id, name, parameters from jophiel._training_due()").fetchone()


def events(db: Connection, count: int, received: str) -> None:
    db.execute(
        "insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at) "
        "select 1, gen_random_uuid(), n, 'play', %s, %s from generate_series(1, %s) as n",
        (received, received, count),
    )


def test_by_schedule_and_by_what_is_new(db: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-01-01T00:00:00Z")
    db.execute("update jophiel.settings set value = '10' where name = 'training_new_interactions'")
    events(db, 50, "2025-12-01T00:00:00Z")
    assert due(db) is None, "nobody has trained yet"
    activate(db, put_model(db, {1: ([1.0], [1.0])}))
    db.execute("update jophiel.models set data_until = '2025-12-31T00:00:00Z'")
    freeze("2026-01-02T12:00:00Z")
    assert due(db) is None, "nothing new"
    events(db, 9, "2026-01-01T12:00:00Z")
    assert due(db) is None, "too little"
    events(db, 1, "2026-01-01T12:00:00Z")
    assert due(db) == (None, None, {})
    freeze("2026-01-01T23:00:00Z")
    assert due(db) is None, "too early"
    freeze("2026-01-02T12:00:00Z")
    db.execute("update jophiel.settings set value = '0' where name = 'training_hours'")
    assert due(db) is None, "never by itself"


def test_what_is_asked_for_comes_first(db: Connection) -> None:
    row = db.execute("select jophiel.request_training('svd', '{\"seed\": 3}')").fetchone()
    assert row is not None
    assert due(db) == (row[0], "svd", {"seed": 3})
    with pytest.raises(psycopg.DatabaseError) as caught:
        db.execute("select jophiel.request_training()")
    assert caught.value.sqlstate == "JO032"
    db.execute("select jophiel._begin_model(%s, 'svd', '{}')", (row[0],))
    assert states(db) == {row[0]: "building"}
    assert due(db) is None
    db.execute("select jophiel.request_training()")
    assert due(db)[1:] == (None, {})


@pytest.mark.parametrize(
    ("name", "parameters"), [("Svd", "{}"), ("a+b+c", "{}"), ("", "{}"), ("svd", "[]"), ("svd", None)]
)
def test_what_is_not_understood(db: Connection, name: str, parameters: str | None) -> None:
    with pytest.raises(psycopg.DatabaseError) as caught:
        db.execute("select jophiel.request_training(%s, %s)", (name, parameters))
    assert caught.value.sqlstate == "JO001"


@pytest.mark.parametrize("name", ["nonsense", "svd+svd", "svd+", "svd+ease+bpr", ""])
def test_only_models_that_there_are_can_be_asked_for(db: psycopg.Connection[Any], name: str) -> None:
    with pytest.raises(psycopg.DatabaseError, match="is not understood"):
        db.execute("select jophiel.request_training(%s)", (name,))


def test_what_is_new_is_found_by_when_it_was_received(db: psycopg.Connection[Any]) -> None:
    db.execute("set enable_seqscan = off")
    plan = db.execute("explain select from jophiel.interactions as i where i.received_at > now()").fetchall()
    assert "interactions_received_at_idx" in str(plan)
