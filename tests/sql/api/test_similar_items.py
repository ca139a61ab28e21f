from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.api.catalogue import put_item, tombstone, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]
Answer = list[tuple[int, int, float]]


@pytest.fixture
def catalogue(db: Connection, freeze: Callable[[str], None]) -> Connection:
    freeze("2026-02-01T00:00:00Z")
    put_item(db, 1, vector(1))
    put_item(db, 2, vector(0.6, 0.8))
    put_item(db, 3, vector(0.8, 0.6))
    put_item(db, 4, vector(0.8, 0.6))
    put_item(db, 5, vector(0, 1))
    put_item(db, 6, vector(-1))
    put_item(db, 7, vector(1), domain="other")
    put_item(db, 8, vector())
    return db


def similar(db: Connection, item_id: int | str | None, limit: int | None = 20) -> Answer:
    rows = db.execute("select rank, item_id, score from jophiel.similar_items(%s, %s)", (item_id, limit))
    return [(row.rank, row.item_id, round(row.score, 3)) for row in rows]


def ids(answer: Answer) -> list[int]:
    return [item_id for _, item_id, _ in answer]


def cached(db: Connection) -> int:
    row = db.execute("select count(*) from jophiel.recommendation_cache").fetchone()
    assert row is not None
    return int(row[0])


def test_nearest_first_without_itself_strangers_and_other_domains(catalogue: Connection) -> None:
    expected = [(1, 3, 0.8), (2, 4, 0.8), (3, 2, 0.6)]

    assert similar(catalogue, 1) == expected
    assert similar(catalogue, 1) == expected
    assert similar(catalogue, "1") == expected
    assert similar(catalogue, 1, 1) == expected[:1]
    assert cached(catalogue) == 1


def test_blocks_count_alike(catalogue: Connection) -> None:
    put_item(catalogue, 20, vector(0, 0, 1, collaborative=[1]))
    put_item(catalogue, 21, vector(0, 0, 1))
    put_item(catalogue, 22, vector(0, 0, 1, collaborative=[math.sqrt(0.5), math.sqrt(0.5)]))

    assert similar(catalogue, 20) == [(1, 22, 1.707), (2, 21, 1.0)]


def test_more_than_a_hundred_are_computed_and_not_cached(catalogue: Connection) -> None:
    catalogue.execute(
        """insert into jophiel.item_vectors (item_id, created_epoch, domain, offer)
           select n, 0, 'default', h.offer
             from generate_series(1001, 1150) as n, jophiel.item_vectors as h where h.item_id = 1"""
    )

    assert len(similar(catalogue, 1, 1000)) == 153
    assert cached(catalogue) == 0
    assert ids(similar(catalogue, 1, 100)) == list(range(1001, 1101))
    assert cached(catalogue) == 1


def test_nothing_is_like_an_item_without_features_or_without_a_vector(catalogue: Connection) -> None:
    put_item(catalogue, 9, None)

    assert similar(catalogue, 8) == []
    assert similar(catalogue, 9) == []


@pytest.mark.parametrize("item_id", [99, None])
def test_an_unknown_item_is_an_error(catalogue: Connection, item_id: int | None) -> None:
    with pytest.raises(psycopg.Error, match="there is no item") as error:
        catalogue.execute("select * from jophiel.similar_items(%s::bigint)", (item_id,))

    assert error.value.sqlstate == "JO003"


def test_a_deleted_item_is_an_error(catalogue: Connection) -> None:
    tombstone(catalogue, 1)

    with pytest.raises(psycopg.Error, match="there is no item 1") as error:
        similar(catalogue, 1)

    assert error.value.sqlstate == "JO003"


@pytest.mark.parametrize("limit", [0, -1, 1001, None])
def test_a_limit_out_of_range_is_an_error(catalogue: Connection, limit: int | None) -> None:
    with pytest.raises(psycopg.Error, match="is not between 1 and 1000") as error:
        similar(catalogue, 1, limit)

    assert error.value.sqlstate == "JO001"


def test_the_second_answer_comes_from_the_cache(catalogue: Connection) -> None:
    similar(catalogue, 1)
    put_item(catalogue, 10, vector(0.96, 0.28))

    # Nobody has called _invalidate_cache for the new item, so what is seen is the cache.
    assert ids(similar(catalogue, 1)) == [3, 4, 2]


def test_its_own_new_vector_makes_it_anew(catalogue: Connection) -> None:
    similar(catalogue, 1)
    put_item(catalogue, 1, vector(0, 1))

    assert similar(catalogue, 1) == [(1, 5, 1.0), (2, 2, 0.8), (3, 3, 0.6), (4, 4, 0.6)]


def test_a_changed_item_of_the_answer_makes_it_anew(catalogue: Connection) -> None:
    similar(catalogue, 1)
    put_item(catalogue, 2, vector(0.96, 0.28))

    assert similar(catalogue, 1) == [(1, 2, 0.96), (2, 3, 0.8), (3, 4, 0.8)]


def test_a_deleted_item_leaves_the_answer(catalogue: Connection) -> None:
    similar(catalogue, 1)
    tombstone(catalogue, 3)

    assert ids(similar(catalogue, 1)) == [4, 2]


def test_a_new_item_enters_with_invalidation(catalogue: Connection) -> None:
    similar(catalogue, 1)
    put_item(catalogue, 10, vector(0.96, 0.28))
    catalogue.execute("select jophiel._invalidate_cache('{10}')")

    assert ids(similar(catalogue, 1)) == [10, 3, 4, 2]


def test_age_makes_it_anew(catalogue: Connection, freeze: Callable[[str], None]) -> None:
    similar(catalogue, 1)
    put_item(catalogue, 10, vector(0.96, 0.28))
    freeze("2026-02-02T00:00:01Z")

    assert ids(similar(catalogue, 1)) == [10, 3, 4, 2]
    assert cached(catalogue) == 1


def test_a_read_only_transaction_reads_and_writes_nothing(catalogue: Connection) -> None:
    with catalogue.transaction():
        catalogue.execute("set transaction read only")
        assert ids(similar(catalogue, 1)) == [3, 4, 2]

    assert cached(catalogue) == 0


def test_askers_do_not_wait_for_each_other(catalogue: Connection, database_url: str) -> None:
    with psycopg.connect(database_url) as other, catalogue.transaction():
        similar(catalogue, 1)
        other.execute("set lock_timeout = '1s'")
        assert len(other.execute("select * from jophiel.similar_items(1)").fetchall()) == 3
        other.execute("select * from jophiel.similar_items(2)")
        similar(catalogue, 2)

    similar(catalogue, 2)
    with psycopg.connect(database_url) as other, catalogue.transaction():
        put_item(catalogue, 1, vector(0, 1))
        similar(catalogue, 1)
        other.execute("set lock_timeout = '1s'")
        assert len(other.execute("select * from jophiel.similar_items(1)").fetchall()) == 3


def test_a_repeatable_read_transaction_is_answered(catalogue: Connection) -> None:
    with catalogue.transaction():
        catalogue.execute("set transaction isolation level repeatable read")
        assert ids(similar(catalogue, 1)) == [3, 4, 2]

    assert cached(catalogue) == 0


def test_cells_find_what_the_exact_scan_finds(db: Connection) -> None:
    """Recall at 3,000 clustered items, with the cells in use."""
    db.execute("select setseed(0.5)")
    db.execute(
        """create temp table centres as
           select g, array_agg(random() - 0.5)::real[] as centre
             from generate_series(0, 49) as g, generate_series(1, 128) as d group by g;
           insert into jophiel.items (item_id, created_at, updated_at)
           select n, now(), now() from generate_series(1, 3000) as n;
           insert into jophiel.item_signals (item_id, version, signal)
           select i.item_id, 0,
                  public.l2_normalize(array_agg(e.value + (random() - 0.5) * 0.8 order by e.position)::vector)::halfvec
                  || array_fill(0, array[64])::halfvec
             from jophiel.items as i
             join centres as c on c.g = i.item_id % 50
            cross join lateral unnest(c.centre) with ordinality as e (value, position)
            group by i.item_id;
           insert into jophiel.item_vectors (item_id, created_epoch, domain, offer)
           select s.item_id, 0, 'default', s.signal from jophiel.item_signals as s"""
    )
    subjects = range(1, 3000, 100)
    exact = {subject: set(ids(similar(db, subject))) for subject in subjects}
    db.execute("truncate jophiel.recommendation_cache")
    db.execute("select jophiel.build_cells()")
    db.execute("update jophiel.settings set value = '1000' where name = 'exact_scan_items'")
    db.execute("analyze jophiel.item_vectors")

    recalls = [len(exact[subject] & set(ids(similar(db, subject)))) / 20 for subject in subjects]

    assert sum(recalls) / len(recalls) >= 0.98
    assert min(recalls) >= 0.8
