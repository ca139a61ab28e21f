from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.items.catalogue import contents, scalar, upsert

Connection = psycopg.Connection[Any]


def _resize(db: Connection, dimensions: int) -> None:
    db.execute(
        "update jophiel.settings set value = to_jsonb(%s::integer) where name = 'content_dimensions'", (dimensions,)
    )


def test_a_size_may_be_set_before_the_first_item(db: Connection) -> None:
    _resize(db, 96)
    upsert(db, {"item_id": 1, "tags": ["a"]})
    assert scalar(db, "select public.vector_dims(signal) from jophiel.item_signals") == 96 + 64


def test_a_size_that_is_changed_later_changes_no_vector(db: Connection) -> None:
    upsert(db, {"item_id": 1, "tags": ["a"]})
    before = contents(db)
    _resize(db, 96)
    for statement in (
        """select count(*) from jophiel.upsert_items('[{"item_id": 2, "tags": ["b"]}]')""",
        "call jophiel.revectorise()",
        "call jophiel.run_batch()",
        "select jophiel.record_interaction(1, 1)",
    ):
        with pytest.raises(psycopg.Error, match=r"content_dimensions 96 .* 192 numbers") as error:
            db.execute(statement)
        assert error.value.sqlstate == "JO011"

    _resize(db, 128)
    db.execute("call jophiel.run_batch()")
    upsert(db, {"item_id": 1, "tags": ["a"]})
    assert contents(db).keys() == before.keys()
    assert scalar(db, "select max(public.vector_dims(signal)) from jophiel.item_signals") == 128 + 64
