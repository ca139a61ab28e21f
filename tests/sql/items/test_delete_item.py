from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.items.catalogue import scalar, upsert

Connection = psycopg.Connection[Any]


def test_gone_from_everything_that_recommends(db: Connection) -> None:
    upsert(db, {"item_id": 1, "tags": ["a"]}, {"item_id": 2, "tags": ["a"]})
    db.execute(
        "insert into jophiel.collection_items (user_id, collection_id, item_id, happened_at, event_id)"
        " values (5, 6, 1, now(), gen_random_uuid()), (5, 6, 2, now(), gen_random_uuid())"
    )
    db.execute(
        "insert into jophiel.recommendation_cache (kind, subject_id, query, item_ids, scores, created_at)"
        " select 'ideas', 77, signal, '{1}', '{1}', now() from jophiel.item_signals where item_id = 1"
    )
    db.execute("select jophiel.delete_item(1)")

    assert scalar(db, "select deleted_at is not null from jophiel.items where item_id = 1")
    assert scalar(db, "select array_agg(item_id) from jophiel.item_vectors") == [2]
    # Nothing to vectorise, but feeds that hold it are to be made anew.
    assert scalar(db, "select array_agg(item_id order by item_id) from jophiel.item_changes where stage = 'match'") == [
        1,
        2,
    ]
    assert scalar(db, "select count(*) from jophiel.item_changes where stage <> 'match'") == 0
    assert scalar(db, "select array_agg(item_id) from jophiel.collection_items") == [2]
    assert scalar(db, "select count(*) from jophiel.recommendation_cache") == 0
    assert scalar(db, "select count(*) from jophiel.item_signals where item_id = 1") == 1


def test_by_text_key(db: Connection) -> None:
    upsert(db, {"item_id": "abc"})
    db.execute("select jophiel.delete_item('abc')")
    assert scalar(db, "select count(*) from jophiel.item_vectors") == 0


@pytest.mark.parametrize("item", ["1", "2", "'never'", "null::bigint", "null::text"])
def test_unknown_or_deleted_already(db: Connection, item: str) -> None:
    upsert(db, {"item_id": 1})
    db.execute("select jophiel.delete_item(1)")
    with pytest.raises(psycopg.Error) as caught:
        db.execute(f"select jophiel.delete_item({item})")
    assert caught.value.sqlstate == "JO003"
    assert caught.value.diag.message_hint
