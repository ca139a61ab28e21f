from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.api.catalogue import put_item, tombstone, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def catalogue(db: Connection, freeze: Callable[[str], None]) -> Connection:
    """A collection 5 of user 1 with the items 1 and 2, whose mean is the diagonal."""
    freeze("2026-02-01T00:00:00Z")
    put_item(db, 1, vector(1))
    put_item(db, 2, vector(0, 1))
    put_item(db, 3, vector(0.6, 0.8))
    put_item(db, 4, vector(1))
    put_item(db, 6, vector(0, 0, 1))
    put_item(db, 7, vector(0.6, 0.8), domain="other")
    db.execute(
        """insert into jophiel.collections (user_id, collection_id, created_at, updated_at)
           values (1, 5, now(), now()), (1, 6, now(), now())"""
    )
    for item_id in (1, 2):
        put_in(db, item_id)
    return db


def put_in(db: Connection, item_id: int, *, is_active: bool = True) -> None:
    db.execute(
        """insert into jophiel.collection_items (user_id, collection_id, item_id, is_active, happened_at, event_id)
           values (1, 5, %s, %s, now(), gen_random_uuid())
           on conflict (user_id, collection_id, item_id) do update set is_active = excluded.is_active""",
        (item_id, is_active),
    )


def ideas(db: Connection, collection_id: int | str = 5, limit: int | None = 20) -> list[tuple[int, int, float]]:
    rows = db.execute("select rank, item_id, score from jophiel.collection_ideas(%s, %s)", (collection_id, limit))
    return [(row.rank, row.item_id, round(row.score, 3)) for row in rows]


def cached(db: Connection) -> int:
    row = db.execute("select count(*) from jophiel.recommendation_cache where kind = 'ideas'").fetchone()
    assert row is not None
    return int(row[0])


def test_near_the_mean_without_what_is_in_it(catalogue: Connection) -> None:
    expected = [(1, 3, 0.99), (2, 4, 0.707)]

    assert ideas(catalogue) == expected
    assert ideas(catalogue) == expected
    assert ideas(catalogue, "5", 1) == expected[:1]
    assert cached(catalogue) == 1


def test_an_empty_collection_has_no_ideas(catalogue: Connection) -> None:
    assert ideas(catalogue, 6) == []
    put_in(catalogue, 1, is_active=False)
    put_in(catalogue, 2, is_active=False)
    assert ideas(catalogue) == []


def test_an_unknown_collection_is_an_error(catalogue: Connection) -> None:
    with pytest.raises(psycopg.Error, match="there is no collection 99") as error:
        ideas(catalogue, 99)

    assert error.value.sqlstate == "JO004"


@pytest.mark.parametrize("limit", [0, 1001, None])
def test_a_limit_out_of_range_is_an_error(catalogue: Connection, limit: int | None) -> None:
    with pytest.raises(psycopg.Error, match="is not between 1 and 1000") as error:
        ideas(catalogue, 5, limit)

    assert error.value.sqlstate == "JO001"


def test_what_comes_into_the_collection_leaves_its_ideas(catalogue: Connection) -> None:
    ideas(catalogue)
    put_in(catalogue, 3)

    assert [item_id for _, item_id, _ in ideas(catalogue)] == [4]
    put_in(catalogue, 3, is_active=False)
    assert ideas(catalogue) == [(1, 3, 0.99), (2, 4, 0.707)]


def test_the_same_mean_of_other_items_still_excludes_them(catalogue: Connection) -> None:
    ideas(catalogue)
    put_in(catalogue, 4)
    put_in(catalogue, 1, is_active=False)

    assert ideas(catalogue) == [(1, 3, 0.99), (2, 1, 0.707)]


def test_a_new_vector_in_the_collection_makes_them_anew(catalogue: Connection) -> None:
    ideas(catalogue)
    put_item(catalogue, 2, vector(1))

    assert ideas(catalogue) == [(1, 4, 1.0), (2, 3, 0.6)]


def test_a_deleted_item_still_counts_but_is_not_an_idea(catalogue: Connection) -> None:
    ideas(catalogue)
    tombstone(catalogue, 2)
    tombstone(catalogue, 3)

    assert ideas(catalogue) == [(1, 4, 0.707)]


def test_a_new_item_enters_with_invalidation(catalogue: Connection) -> None:
    ideas(catalogue)
    put_item(catalogue, 8, vector(0.8, 0.6))
    catalogue.execute("select jophiel._invalidate_cache('{8}')")

    assert [item_id for _, item_id, _ in ideas(catalogue)] == [3, 8, 4]


def test_items_of_several_domains_give_ideas_of_each(catalogue: Connection) -> None:
    put_item(catalogue, 9, vector(0, 1), domain="other")
    put_in(catalogue, 9)

    assert [item_id for _, item_id, _ in ideas(catalogue)] == [3, 7, 4]


def test_a_read_only_transaction_reads_and_writes_nothing(catalogue: Connection) -> None:
    with catalogue.transaction():
        catalogue.execute("set transaction read only")
        assert len(ideas(catalogue)) == 2

    assert cached(catalogue) == 0


def test_what_other_users_have_under_the_same_key_is_theirs(catalogue: Connection) -> None:
    catalogue.execute(
        """insert into jophiel.users (user_id, created_at, updated_at) values (2, now(), now()) on conflict do nothing;
           insert into jophiel.collections (user_id, collection_id, created_at, updated_at) values (2, 5, now(), now());
           insert into jophiel.collection_items (user_id, collection_id, item_id, is_active, happened_at, event_id)
           values (2, 5, 6, true, now(), gen_random_uuid())"""
    )

    def of(user: int) -> list[int]:
        rows = catalogue.execute("select item_id from jophiel.collection_ideas(5::bigint, 20, %s)", (user,))
        return [row.item_id for row in rows]

    assert of(1) == [3, 4]
    assert of(2) == []
    assert of(1) == [3, 4]
    body = catalogue.execute("select jophiel.api_ideas('2', '5', 20)").fetchone()
    assert body is not None
    assert json.loads(body[0])["items"] == []
