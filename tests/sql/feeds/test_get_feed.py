from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, ids, recompute, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def ten(db: Connection) -> Connection:
    """Ten items, the best first; user 1 has a feed of them, user 2 none yet."""
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1 - n / 16)) for n in range(1, 11)])
    world.put_user(db, 1, vector(1))
    world.put_user(db, 2, vector(1))
    recompute(db, 1)
    return db


def page(db: Connection, user: int | str | None, *arguments: object) -> list[tuple[int, int, float, int]]:
    kinds = ["text" if isinstance(user, str) else "bigint", "text", "integer", "integer", "bigint"]
    marks = ", ".join(f"%s::{kind}" for kind in kinds[: 1 + len(arguments)])
    statement = f"select rank, item_id, score, generation from jophiel.get_feed({marks})"  # noqa: S608
    return [tuple(row) for row in db.execute(statement.encode(), (user, *arguments))]


def test_pages(ten: Connection) -> None:
    whole = page(ten, 1)

    assert whole == [(n, n, 1 - n / 16, 1) for n in range(1, 11)]
    assert page(ten, 1, "main", 4) == whole[:4]
    assert page(ten, 1, "main", 4, 4) == whole[4:8]
    assert page(ten, 1, "main", 4, 8, 1) == whole[8:]
    assert page(ten, 1, "main", 4, 10) == []
    assert page(ten, 1, "main", 1000, 1000) == []
    assert page(ten, 1, "main", 1, 0, None) == whole[:1]
    assert page(ten, "1", "main", 4, 4) == whole[4:8]


def test_without_a_limit_twenty(ten: Connection) -> None:
    world.put_items(ten, [Item(n, vector(1 - n / 64)) for n in range(1, 41)])
    recompute(ten, 1)

    assert [rank for rank, *_ in page(ten, 1)] == list(range(1, 21))


def test_a_page_of_an_older_generation_is_gone(ten: Connection) -> None:
    recompute(ten, 1)

    assert len(page(ten, 1, "main", 5, 0, 2)) == 5
    with pytest.raises(psycopg.Error, match="generation 1 of feed main of user 1 is gone") as error:
        page(ten, 1, "main", 5, 5, 1)
    assert error.value.sqlstate == "JO020"
    assert "generation 2" in str(error.value.diag.message_hint)


def test_a_feed_that_nobody_made_yet_is_made_for_the_reader(ten: Connection) -> None:
    computed = page(ten, 2)[0][3]
    assert -(2**53) < computed < 0
    assert page(ten, 2) == [(rank, item, score, computed) for rank, item, score, _ in page(ten, 1)]
    assert page(ten, 2, "main", 3, 8, computed) == [(9, 9, 0.4375, computed), (10, 10, 0.375, computed)]
    assert world.scalar(ten, "select count(*) from jophiel.feeds") == 1
    with ten.transaction():
        ten.execute("set transaction read only")
        assert len(page(ten, 2)) == 10


@pytest.mark.parametrize("later", ["2026-02-01T00:00:00Z", "2026-02-01T00:30:00Z", "2026-03-01T00:00:00Z"])
def test_deleted_items_vanish_at_once(ten: Connection, freeze: Callable[[str], None], later: str) -> None:
    freeze(later)
    ten.execute("select jophiel.delete_item(3)")
    ten.execute("select jophiel.delete_item(10)")

    assert [row[:2] for row in page(ten, 1)] == [(1, 1), (2, 2), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9)]
    assert [row[:2] for row in page(ten, 1, "main", 2, 2, 1)] == [(3, 4), (4, 5)]
    assert page(ten, 1, "main", 2, 8) == []
    assert ids(recompute(ten, 1)) == [1, 2, 4, 5, 6, 7, 8, 9]


def test_an_empty_feed(ten: Connection) -> None:
    ten.execute("""select jophiel.define_feed('films', '{"domain": "film"}')""")

    assert page(ten, 1, "films") == []
    recompute(ten, 1, "films")
    assert page(ten, 1, "films") == []


MISTAKES = [
    (1, ("main", 0), "JO001"),
    (1, ("main", 1001), "JO001"),
    (1, ("main", None), "JO001"),
    (1, ("main", 2**31 - 1), "JO001"),
    (1, ("main", 20, -1), "JO001"),
    (1, ("main", 20, None), "JO001"),
    (9, ("main",), "JO002"),
    (None, ("main",), "JO002"),
    ("nobody", ("main",), "JO002"),
    (1, ("nix",), "JO005"),
    (1, (None,), "JO005"),
    (2, ("main", 20, 0, 7), "JO020"),
]


def test_errors(ten: Connection) -> None:
    for user, arguments, sqlstate in MISTAKES:
        with pytest.raises(psycopg.Error) as error:
            page(ten, user, *arguments)

        assert error.value.sqlstate == sqlstate, arguments
        assert error.value.diag.message_hint


def test_a_page_far_behind_the_end(ten: Connection) -> None:
    try:
        assert page(ten, 1, "main", 1000, 2**31 - 1) == []
    except psycopg.Error as error:
        assert error.sqlstate == "JO001"  # noqa: PT017 - either answer will do, but no overflow


def test_the_row_is_found_by_its_key(ten: Connection) -> None:
    ten.execute(
        "insert into jophiel.feeds select n, 'main', 1, now(), 0, 0, '{1}', '{1}' from generate_series(100, 3000) as n"
    )
    ten.execute("analyze jophiel.feeds")
    plan = ten.execute("explain (analyze, costs off, timing off) select * from jophiel.get_feed(1::bigint)").fetchall()
    text = "\n".join(row[0] for row in plan)

    # Inlined: what runs is one probe of the primary key and no function of ours.
    assert "feeds_pkey" in text or "Function Scan on get_feed" in text
    assert "Seq Scan on feeds" not in text
