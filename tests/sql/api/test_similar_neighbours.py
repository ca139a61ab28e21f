"""Liked together is alike: neighbours of the model in use in similar_items, its cache and its reasons."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, scalar, vector
from tests.sql.models.trained import activate, put_model

Connection = psycopg.Connection[Any]


@pytest.fixture
def small(db: Connection) -> Connection:
    """Item 2 is half like item 1; 3 and 4 are not, but 3 is the strongest neighbour; 5 is another domain's."""
    world.furnish(db)
    world.put_items(
        db,
        [
            Item(1, vector(1)),
            Item(2, vector(0.6, 0.8)),
            Item(3, vector(0, 0, 1)),
            Item(4, vector(-0.6, 0.8)),
            Item(5, vector(), domain="other"),
        ],
    )
    return db


def similar(db: Connection, item: int = 1, limit: int = 20) -> list[tuple[int, float]]:
    rows = db.execute("select item_id, score from jophiel.similar_items(%s, %s)", (item, limit)).fetchall()
    return [(row.item_id, round(row.score, 2)) for row in rows]


def cached(db: Connection) -> int:
    return int(scalar(db, "select count(*) from jophiel.recommendation_cache"))


def test_content_and_neighbours_by_hand(small: Connection) -> None:
    """.5 is the strongest weight, so 3 has 1 and 4 has .8, which its content takes .6 of."""
    assert similar(small) == [(2, 0.6)]
    activate(small, put_model(small, neighbours={1: {3: 0.5, 4: 0.4, 5: 0.3}, 2: {1: 1}}))
    assert cached(small) == 0, "a model that goes into use empties the cache"
    assert similar(small) == [(3, 1), (2, 0.6), (4, 0.2)]
    assert similar(small, 2) == [(1, 1.6), (4, 0.28)]
    assert similar(small, 3) == []
    assert (similar(small), similar(small, 1, 1)) == ([(3, 1), (2, 0.6), (4, 0.2)], [(3, 1)])
    assert cached(small) == 3
    small.execute("select jophiel.rollback_model()")
    assert similar(small) == [(2, 0.6)]


def test_reasons_add_up(small: Connection) -> None:
    activate(small, put_model(small, {1: ([0, 2], [0, 0]), 3: ([0, 0], [0, 0.5])}, neighbours={1: {2: 1, 3: 0.5}}))
    found = similar(small)
    assert found == [(2, 1.6), (3, 1)]
    for item, score in found:
        rows = small.execute("select * from jophiel.explain_similar(1, %s)", (item,)).fetchall()
        assert [row.component for row in rows] == ["similarity", "collaborative", "neighbours"]
        assert sum(row.contribution for row in rows) == pytest.approx(score, abs=1e-2)
    three = dict(small.execute("select component, value from jophiel.explain_similar('1', '3')").fetchall())
    assert three == {"similarity": 0, "collaborative": pytest.approx(0.5), "neighbours": pytest.approx(0.5)}
    for one, other in ((1, 99), (99, 1), (None, 1)):
        with pytest.raises(psycopg.Error) as error:
            small.execute("select * from jophiel.explain_similar(%s::bigint, %s::bigint)", (one, other))
        assert error.value.sqlstate == "JO003"


def test_an_item_without_content_has_neighbours(small: Connection) -> None:
    activate(small, put_model(small, neighbours={5: {2: 1}, 2: {5: 1}}))
    world.put_items(small, [Item(6, vector(), domain="other")])
    assert similar(small, 5) == [], "neighbours of other domains are not like it"
    activate(small, put_model(small, neighbours={5: {6: 1}}))
    assert similar(small, 5) == [(6, 1)]


def test_a_cached_answer_of_another_model_is_not_given(small: Connection) -> None:
    """Written, as it may be, by a transaction that began before the model went into use."""
    activate(small, put_model(small, neighbours={1: {3: 1}}))
    similar(small)
    small.execute("create temp table kept as select * from jophiel.recommendation_cache")
    for neighbours, expected in (
        ({1: {3: 1, 4: 0.8}}, [(3, 1), (2, 0.6), (4, 0.2)]),
        ({1: {4: 1}}, [(2, 0.6), (4, 0.4)]),
        ({2: {4: 1}}, [(2, 0.6)]),
    ):
        activate(small, put_model(small, neighbours=neighbours))
        small.execute("delete from jophiel.recommendation_cache")
        small.execute("insert into jophiel.recommendation_cache select * from kept")
        assert similar(small) == expected


def test_a_changed_neighbour_makes_it_anew(small: Connection) -> None:
    """Its content alone would not bring it among the first hundred."""
    world.put_items(small, [Item(n, vector(0.9, 0.43589)) for n in range(1001, 1101)])
    activate(small, put_model(small, neighbours={1: {3: 1, 4: 0.8}}))
    assert similar(small, 1, 100)[0] == (3, 1)
    assert cached(small) == 1
    world.put_items(small, [Item(4, vector(0.5, 0.866))])
    assert scalar(small, "select jophiel._invalidate_cache('{4}')") == 1
    assert similar(small)[0] == (4, 1.3)


def test_found_outside_the_cells(small: Connection) -> None:
    world.put_items(small, [Item(n, vector(1, n / 1000)) for n in range(100, 160)])
    activate(small, put_model(small, neighbours={1: {3: 1, 100: 0.5}}))
    small.execute("update jophiel.settings set value = '10' where name = 'exact_scan_items'")
    small.execute(
        "insert into jophiel.cell_builds (domain, cell_count, item_count, built_at) values ('default', 2, 64, now())"
    )
    small.execute("update jophiel.item_vectors set cell = 7 where item_id in (3, 100)")
    found = dict(similar(small, 1, 100))
    assert [found[3], found[100]] == pytest.approx([1, 1.5], abs=0.01)
    assert len(found) == 62, "once each"


def test_a_model_of_another_length_comes_in_between(small: Connection, database_url: str) -> None:
    """An answer is of one moment; whatever of another length is still cached, writers of items do away with."""
    models = [put_model(small, {1: ([1.0] * size, [1.0] * size)}) for size in (3, 9)]
    small.execute("select jophiel.add_to_collection(1, 1, 1)")
    stopping = threading.Event()
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            with psycopg.connect(database_url, autocommit=True) as connection:
                while not stopping.is_set():
                    connection.execute("select * from jophiel.similar_items(1)")
                    connection.execute("select * from jophiel.collection_ideas(1)")
        except psycopg.Error as error:
            failed.append(error)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        for turn in range(30):
            activate(small, models[turn % 2])
            small.execute("select jophiel._invalidate_cache('{2,3}')")
    finally:
        stopping.set()
        for asker in askers:
            asker.join()
    assert failed == []

    similar(small)
    small.execute("create temp table kept as select * from jophiel.recommendation_cache")
    activate(small, models[0])
    small.execute("insert into jophiel.recommendation_cache select * from kept on conflict do nothing")
    assert scalar(small, "select jophiel._invalidate_cache('{2}')") >= 1
    assert similar(small)[0] == (2, 0.6)
