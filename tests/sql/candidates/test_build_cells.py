from __future__ import annotations

import random
from typing import Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector

Connection = psycopg.Connection[Any]


@pytest.fixture
def small(db: Connection) -> Connection:
    world.furnish(db)
    return db


def directions(count: int, first: int = 1, domain: str = "default") -> list[Item]:
    draw = random.Random(first)
    return [
        Item(n, vector(*(draw.gauss(0, 1) for _ in range(4)), collaborative=[draw.gauss(0, 1)]), domain=domain)
        for n in range(first, first + count)
    ]


def build(db: Connection, domain: str = "default") -> int:
    return int(world.scalar(db, "select jophiel.build_cells(%s)", domain))


def cells(db: Connection) -> list[Any]:
    return db.execute(
        "select cell, domain, parent, item_count, centre::text from jophiel.cells order by cell"
    ).fetchall()


def places(db: Connection) -> list[Any]:
    return db.execute("select item_id, cell from jophiel.item_vectors order by item_id").fetchall()


def check(db: Connection, domain: str = "default") -> None:
    """Every item of the domain is in one fine cell of it, which counts its items."""
    strays = db.execute(
        """select h.item_id from jophiel.item_vectors as h
             left join jophiel.cells as c on c.cell = h.cell and c.domain = h.domain and c.parent <> 0
            where h.domain = %s and c.cell is null""",
        (domain,),
    ).fetchall()
    assert strays == []
    wrong = db.execute(
        """select c.cell from jophiel.cells as c
             left join lateral (select count(*) as n from jophiel.item_vectors as h where h.cell = c.cell) as h on true
            where c.domain = %s and c.parent <> 0 and c.item_count <> greatest(h.n, 1)""",
        (domain,),
    ).fetchall()
    assert wrong == []
    orphans = db.execute(
        "select cell from jophiel.cells as c where parent <> 0 "
        "and not exists (select from jophiel.cells as p "
        "where p.cell = c.parent and p.parent = 0 and p.domain = c.domain)"
    ).fetchall()
    assert orphans == []


@pytest.mark.parametrize("count", [1, 2, 3, 10, 500])
def test_every_item_is_in_one_cell(small: Connection, count: int) -> None:
    world.put_items(small, directions(count))

    built = build(small)

    check(small)
    assert 1 <= built <= 3 * count**0.5 + 10
    assert len(places(small)) == count
    row = small.execute("select item_count, cell_count, probe_items from jophiel.cell_builds").fetchone()
    assert row == (count, built, None)


@pytest.mark.parametrize("numbers", [(), (1, 1), (0, 0, 0, 1)], ids=["zero", "same", "axis"])
def test_items_that_are_all_alike(small: Connection, numbers: tuple[float, ...]) -> None:
    world.put_items(small, [Item(n, vector(*numbers)) for n in range(1, 801)])

    build(small)

    check(small)
    assert len({row.cell for row in places(small)}) == 1


def test_items_lie_in_the_order_of_their_cells(small: Connection) -> None:
    world.put_items(small, directions(500))
    build(small)

    rows = small.execute("select cell, item_id from jophiel.item_vectors order by ctid").fetchall()

    assert rows == sorted(rows)


def test_an_empty_domain_has_no_cells(small: Connection) -> None:
    assert build(small) == 0
    assert build(small, "nowhere") == 0
    assert cells(small) == []


def test_a_domain_that_was_emptied_loses_its_cells(small: Connection) -> None:
    world.put_items(small, directions(20))
    build(small)
    small.execute("delete from jophiel.item_vectors")

    assert build(small) == 0
    assert cells(small) == []


def test_domains_do_not_touch_each_other(small: Connection) -> None:
    world.put_items(small, directions(50) + directions(60, 1001, "film"))
    build(small)
    before = [cell for cell in cells(small) if cell.domain == "default"]
    build(small, "film")

    check(small)
    check(small, "film")
    assert [cell for cell in cells(small) if cell.domain == "default"] == before


def test_twice_the_same(small: Connection) -> None:
    world.put_items(small, directions(500))
    first_built = build(small)
    first, first_places = cells(small), places(small)
    offset = first[0].cell
    assert build(small) == first_built

    again = cells(small)
    shift = again[0].cell - offset
    assert [(c.cell - shift, c.parent - shift if c.parent else 0, c.item_count, c.centre) for c in again] == [
        (c.cell, c.parent, c.item_count, c.centre) for c in first
    ]
    assert [(p.item_id, p.cell - shift) for p in places(small)] == first_places


def test_a_new_item_goes_to_the_cell_of_its_like(db: Connection) -> None:
    world.catalogue(db, 120)
    build(db)
    db.execute(
        "select count(*) from jophiel.upsert_items(%s)",
        ('[{"item_id": 999, "title": "Item 8", "tags": ["guitar", "calm"]}]',),
    )

    cell = world.scalar(db, "select cell from jophiel.item_vectors where item_id = 999")
    offer = world.scalar(db, "select offer::text from jophiel.item_vectors where item_id = 999")
    alike = world.scalar(
        db,
        "select cell from jophiel.item_vectors where item_id <> 999 "
        "order by offer operator(public.<#>) %s::public.halfvec, item_id limit 1",
        offer,
    )
    assert cell == alike
    assert world.scalar(db, "select count(*) from jophiel.cells where cell = %s and parent <> 0", cell) == 1


def test_before_there_are_cells_items_are_in_cell_0(db: Connection) -> None:
    world.catalogue(db, 3)

    assert {row.cell for row in places(db)} == {0}


def test_readers_do_not_wait(small: Connection, database_url: str) -> None:
    world.put_items(small, directions(50))
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("set lock_timeout = '1s'")
        with small.transaction():
            build(small)
            assert world.scalar(other, "select count(*) from jophiel.item_vectors where cell = 0") == 50
        assert world.scalar(other, "select count(*) from jophiel.item_vectors where cell = 0") == 0
