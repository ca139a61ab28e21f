"""The checksum in SQL, the streamed one in Python, and the pages of ids: three views of the same lists."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import pytest

from jophiel.database.gateway import Gateway
from jophiel.errors import EngineError
from jophiel.sync import Checksum, checksum
from tests.sql.api.catalogue import index_scans, table_scans

Connection = psycopg.Connection[Any]
KINDS = ("items", "users", "likes", "follows")


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    db.execute(
        """insert into jophiel.keys (kind, id, key)
           select k.kind, jophiel.key_id(k.key), k.key
             from (values ('item', 'b-2'), ('item', 'Z'), ('item', 'é'), ('user', 'ana')) as k (kind, key);
           insert into jophiel.items (item_id, created_at, updated_at, deleted_at)
           select jophiel.key_id(k.key), now(), now(), k.deleted_at
             from (values ('10', null), ('9', null), ('é', null), ('b-2', null), ('Z', null),
                          ('7', timestamptz '2026-01-01'))
               as k (key, deleted_at);
           insert into jophiel.users (user_id, created_at, updated_at)
           select jophiel.key_id(k.key), now(), now() from (values ('2'), ('100'), ('ana')) as k (key);
           insert into jophiel.follows (user_id, creator_id, is_active, happened_at, event_id)
           select jophiel.key_id(k.key), jophiel.key_id(k.creator), k.is_active, now(), gen_random_uuid()
             from (values ('100', '2', true), ('2', 'ana', true), ('ana', '2', true), ('2', '30', true),
                          ('2', '4', false))
               as k (key, creator, is_active);
           insert into jophiel.interactions
             (user_id, event_id, item_id, interaction_type, is_active, happened_at, received_at)
           select jophiel.key_id(k.key), gen_random_uuid(), jophiel.key_id(k.item), k.type, k.is_active, now(), now()
             from (values ('ana', '9', 'like', true), ('2', 'b-2', 'like', true), ('2', '10', 'like', true),
                          ('2', '9', 'like', true), ('2', '9', 'play', true), ('100', '9', 'like', false))
               as k (key, item, type, is_active)"""
    )
    return db


EXPECTED = {
    "items": ["9", "10", "Z", "b-2", "é"],
    "users": ["2", "100", "ana"],
    "likes": ["2-9", "2-10", "2-b-2", "ana-9"],
    "follows": ["2-30", "2-ana", "100-2", "ana-2"],
}


def in_sql(db: Connection, kind: str | None) -> Checksum:
    row = db.execute("select s.checksum, s.count from jophiel.sync_checksum(%s) as s", (kind,)).fetchone()
    assert row is not None
    return Checksum(*row)


def pages(db: Connection, kind: str, limit: int) -> list[list[str]]:
    found: list[list[str]] = []
    after: str | None = None
    while True:
        page = db.execute(
            "select s.id, s.after from jophiel.sync_ids(%s, %s, %s) as s", (kind, after, limit)
        ).fetchall()
        if not page:
            return found
        found.append([row.id for row in page])
        after = page[-1].after


@pytest.mark.parametrize("kind", KINDS)
def test_the_checksum_is_of_the_sorted_ids(catalogue: Connection, kind: str) -> None:
    expected = Checksum(hashlib.sha256(",".join(EXPECTED[kind]).encode()).hexdigest(), len(EXPECTED[kind]))

    assert in_sql(catalogue, kind) == expected
    assert checksum(Gateway(catalogue), kind) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_list_has_no_checksum(db: Connection, kind: str) -> None:
    assert in_sql(db, kind) == Checksum(None, 0)
    assert checksum(Gateway(db), kind) == Checksum(None, 0)
    assert pages(db, kind, 10) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_pages_hold_every_id_once(catalogue: Connection, kind: str, limit: int) -> None:
    found = pages(catalogue, kind, limit)

    assert sorted(key for page in found for key in page) == sorted(EXPECTED[kind])
    assert all(len(page) == limit for page in found[:-1])


def test_pages_are_in_the_order_of_integers_and_stay_put(catalogue: Connection) -> None:
    first = catalogue.execute("select s.id, s.after from jophiel.sync_ids('items', null, 4) as s").fetchall()
    catalogue.execute("update jophiel.items set deleted_at = now() where item_id = 9")

    assert [row.id for row in first][3] == "9"
    rest = catalogue.execute("select s.id from jophiel.sync_ids('items', %s) as s", (first[-1].after,)).fetchall()
    assert [row.id for row in rest] == ["10"]


def test_a_change_changes_the_checksum(catalogue: Connection) -> None:
    before = in_sql(catalogue, "likes")
    catalogue.execute("update jophiel.interactions set is_active = false where item_id = 10")

    assert in_sql(catalogue, "likes") != before


@pytest.mark.parametrize("kind", ["samples", "", None])
def test_an_unknown_kind_is_an_error(db: Connection, kind: str | None) -> None:
    with pytest.raises(psycopg.Error, match="there is nothing to compare") as error:
        in_sql(db, kind)
    assert error.value.sqlstate == "JO001"

    with pytest.raises(psycopg.Error, match="there is nothing to compare") as error:
        db.execute("select * from jophiel.sync_ids(%s)", (kind,))
    assert error.value.sqlstate == "JO001"


def test_an_unknown_kind_is_an_error_in_python(db: Connection) -> None:
    with pytest.raises(EngineError, match="Kinds are items"):
        checksum(Gateway(db), "samples")


@pytest.mark.parametrize("after", ["", "x", "1,2,3", "1-2", "99999999999999999999"])
def test_a_made_up_page_is_an_error(db: Connection, after: str) -> None:
    with pytest.raises(psycopg.Error, match="no page ends at") as error:
        db.execute("select * from jophiel.sync_ids('items', %s)", (after,))

    assert error.value.sqlstate == "JO001"


@pytest.mark.parametrize("limit", [0, 100_001, None])
def test_a_limit_out_of_range_is_an_error(db: Connection, limit: int | None) -> None:
    with pytest.raises(psycopg.Error, match="is not between 1 and 100000") as error:
        db.execute("select * from jophiel.sync_ids('items', null, %s)", (limit,))

    assert error.value.sqlstate == "JO001"


def test_plan_of_a_page_reads_an_index_and_not_the_table(db: Connection) -> None:
    db.execute(
        """insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at)
           select n / 20, gen_random_uuid(), n % 20, 'like', now(), now() from generate_series(0, 19999) as n;
           analyze jophiel.interactions"""
    )
    scans = index_scans(db, "interactions_user_id_item_id_idx")
    reads = table_scans(db, "interactions")

    page = db.execute("select s.id from jophiel.sync_ids('likes', '500,3', 5) as s").fetchall()

    assert [row.id for row in page] == ["500-4", "500-5", "500-6", "500-7", "500-8"]
    assert index_scans(db, "interactions_user_id_item_id_idx") == scans + 1
    assert table_scans(db, "interactions") == reads
