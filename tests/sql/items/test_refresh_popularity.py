from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def three(db: Connection) -> Connection:
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1)) for n in (1, 2, 3)])
    return db


def refresh(db: Connection) -> int:
    return int(world.scalar(db, "select jophiel.refresh_popularity()"))


def stats(db: Connection) -> dict[int, tuple[int, float, float]]:
    rows = db.execute("select item_id, interactions, mass, popularity from jophiel.item_stats")
    return {row.item_id: (row.interactions, row.mass, row.popularity) for row in rows}


def test_by_hand(three: Connection, freeze: Callable[[str], None]) -> None:
    """A like is 1, a play 0.2, a skip nothing; half 14 days before the newest; the logarithm on a scale of 0 to 1."""
    for user in (1, 2, 3):
        world.act(three, user, 1, "like")
    world.act(three, 1, 2, "play")
    world.act(three, 1, 2, "skip")
    world.act(three, 1, 3, "like", is_active=False)
    three.execute("update jophiel.interactions set happened_at = happened_at - interval '14 days' where item_id = 1")
    freeze("2026-06-01T00:00:00Z")

    assert refresh(three) == 2
    found = stats(three)
    assert found[1] == pytest.approx((3, 1.5, 1))
    assert found[2] == pytest.approx((2, 0.2, math.log(1.2) / math.log(2.5)))
    assert set(found) == {1, 2}


def test_a_weight_of_its_own_and_an_event_from_the_future(three: Connection, freeze: Callable[[str], None]) -> None:
    world.act(three, 1, 1, "play")
    world.act(three, 1, 2, "play")
    three.execute("update jophiel.interactions set weight = 5 where item_id = 2")
    freeze("2020-01-01T00:00:00Z")

    refresh(three)

    assert {item: row[1] for item, row in stats(three).items()} == pytest.approx({1: 0.2, 2: 5})


def test_what_is_taken_back_is_forgotten(three: Connection, freeze: Callable[[str], None]) -> None:
    world.act(three, 1, 1)
    world.act(three, 2, 2)
    refresh(three)
    three.execute("update jophiel.interactions set is_active = false where item_id = 1")
    freeze("2026-02-01T01:00:00Z")

    assert refresh(three) == 1
    assert set(stats(three)) == {2}


def test_what_is_deleted_counts_no_more(three: Connection, freeze: Callable[[str], None]) -> None:
    for user in range(1, 9):
        world.act(three, user, 1)
    world.act(three, 1, 2)
    refresh(three)
    three.execute("select jophiel.delete_item(1)")
    freeze("2026-02-01T01:00:00Z")

    assert refresh(three) == 1
    assert stats(three)[2][2] == 1


def test_an_ancient_log_does_not_underflow(three: Connection) -> None:
    world.act(three, 1, 1)
    world.act(three, 1, 2)
    three.execute("update jophiel.interactions set happened_at = happened_at - interval '200 years' where item_id = 1")

    assert refresh(three) == 2
    assert stats(three)[1][2] == pytest.approx(0, abs=1e-6)


def test_only_bad_things_are_no_popularity(three: Connection) -> None:
    world.act(three, 1, 1, "dislike")

    assert refresh(three) == 1
    assert stats(three) == {1: (1, 0, 0)}


def test_an_empty_log(db: Connection) -> None:
    assert refresh(db) == 0
    assert stats(db) == {}
    assert world.scalar(db, "select value from jophiel.meta where name = 'popularity_at'")


def test_interactions_with_items_nobody_has_told_us_about(three: Connection) -> None:
    world.act(three, 1, 99)

    assert refresh(three) == 0
