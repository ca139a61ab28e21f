"""Feeds as rows, joined with the application's own tables (E4)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, recompute, vector

Connection = psycopg.Connection[Any]


@pytest.fixture
def three(db: Connection) -> Connection:
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1 - n / 4)) for n in (1, 2, 3)])
    for user in (1, 2):
        world.put_user(db, user, vector(1))
        recompute(db, user)
    return db


def test_a_row_an_item(three: Connection) -> None:
    rows = three.execute(
        "select user_id, feed, rank, item_id, score, generation "
        "from jophiel.user_feed_recommendations order by user_id, rank"
    ).fetchall()

    assert rows == [(user, "main", n, n, 1 - n / 4, 1) for user in (1, 2) for n in (1, 2, 3)]


def test_joined_with_a_table_of_the_host(three: Connection) -> None:
    three.execute("create table public.stock (item_id bigint primary key, price int, is_in_stock boolean)")
    three.execute("insert into public.stock values (1, 10, false), (2, 30, true), (3, 20, true)")

    rows = three.execute(
        """select r.item_id, s.price
             from jophiel.user_feed_recommendations as r
             join public.stock as s on s.item_id = r.item_id
            where r.user_id = 1 and r.feed = 'main' and s.is_in_stock
            order by r.rank"""
    ).fetchall()

    assert rows == [(2, 30), (3, 20)]


def test_deleted_items_leave_a_gap(three: Connection) -> None:
    three.execute("select jophiel.delete_item(2)")

    rows = three.execute(
        "select rank, item_id from jophiel.user_feed_recommendations where user_id = 1 order by rank"
    ).fetchall()
    assert rows == [(1, 1), (3, 3)]


def test_without_feeds_no_rows(db: Connection) -> None:
    world.put_user(db, 1)

    assert db.execute("select * from jophiel.user_feed_recommendations").fetchall() == []


def test_one_user_is_one_probe(three: Connection) -> None:
    three.execute(
        "insert into jophiel.feeds select n, 'main', 1, now(), 0, 0, '{1}', '{1}' from generate_series(100, 3000) as n"
    )
    three.execute("analyze jophiel.feeds")

    plan = three.execute(
        "explain (costs off) select r.item_id "
        "from jophiel.user_feed_recommendations as r where r.user_id = 1 and r.feed = 'main'"
    ).fetchall()

    assert any("feeds_pkey" in row[0] for row in plan)
