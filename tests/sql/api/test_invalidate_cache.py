from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.api.catalogue import index_scans, put_item, vector

if TYPE_CHECKING:
    from collections.abc import Sequence

Connection = psycopg.Connection[Any]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    """Two neighbourhoods, with cached answers about items 1 and 11."""
    put_item(db, 1, vector(1))
    put_item(db, 2, vector(0.8, 0.6))
    put_item(db, 11, vector(0, 0, 1))
    put_item(db, 12, vector(0, 0, 0.8, 0.6))
    db.execute("select count(*) from unnest('{1,11}'::bigint[]) as s (item_id), jophiel.similar_items(s.item_id)")
    return db


def invalidate(db: Connection, items: Sequence[int]) -> int:
    row = db.execute("select jophiel._invalidate_cache(%s::bigint[])", (list(items),)).fetchone()
    assert row is not None
    return int(row[0])


def subjects(db: Connection) -> list[int]:
    return [row[0] for row in db.execute("select subject_id from jophiel.recommendation_cache order by 1")]


def test_answers_about_an_item_and_with_it(catalogue: Connection) -> None:
    assert invalidate(catalogue, [2]) == 1
    assert subjects(catalogue) == [11]
    assert invalidate(catalogue, [11]) == 1
    assert subjects(catalogue) == []


def test_answers_that_a_new_item_enters(catalogue: Connection) -> None:
    put_item(catalogue, 3, vector(0.6, 0.8))

    assert invalidate(catalogue, [3]) == 1
    assert subjects(catalogue) == [11]


def test_a_new_item_that_beats_nobody_changes_nothing(catalogue: Connection) -> None:
    put_item(catalogue, 3, vector(0, 0, 0, 0, 1))
    catalogue.execute(
        """update jophiel.recommendation_cache
              set item_ids = array(select generate_series(101, 200)), scores = array_fill(0.7::real, array[100])
            where subject_id = 1"""
    )
    put_item(catalogue, 4, vector(0.6, 0.8))

    assert invalidate(catalogue, [3, 4]) == 0
    put_item(catalogue, 5, vector(0.8, 0.6))
    assert invalidate(catalogue, [5]) == 1


def test_many_items_empty_the_cache(catalogue: Connection) -> None:
    assert invalidate(catalogue, range(1000, 1201)) == 2


def test_no_item_and_an_unknown_item_change_nothing(catalogue: Connection) -> None:
    assert invalidate(catalogue, []) == 0
    assert invalidate(catalogue, [99]) == 0
    assert subjects(catalogue) == [1, 11]


def test_plan_finds_the_answers_with_an_item_by_index(db: Connection) -> None:
    db.execute(
        """insert into jophiel.recommendation_cache (kind, subject_id, query, item_ids, scores, created_at)
           select 'similar', n, %s, array[n + 1, n + 2], '{1,1}', now() from generate_series(1, 5000) as n""",
        (vector(1),),
    )
    db.execute("vacuum analyze jophiel.recommendation_cache")
    before = index_scans(db, "recommendation_cache_item_ids_idx")

    assert invalidate(db, [100]) == 3
    assert index_scans(db, "recommendation_cache_item_ids_idx") > before


def test_nobody_waits_for_a_cached_answer(catalogue: Connection, database_url: str) -> None:
    catalogue.execute("set lock_timeout = '5s'")

    with psycopg.connect(database_url) as other:
        other.execute("select from jophiel.recommendation_cache where subject_id = 11 for update")
        assert invalidate(catalogue, [1, 11]) == 1
        catalogue.execute("select jophiel._drop_answers('ideas', '{1,11}')")
        catalogue.execute("select jophiel.api_clear_cache(null)")
        catalogue.execute("select jophiel.delete_item(11::bigint)")

    assert subjects(catalogue) == [11]
    with pytest.raises(psycopg.DatabaseError, match="there is no item 11"):
        catalogue.execute("select count(*) from jophiel.similar_items(11::bigint)")
