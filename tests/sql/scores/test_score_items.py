from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector

Connection = psycopg.Connection[Any]


@pytest.fixture
def small(db: Connection) -> Connection:
    world.furnish(db)
    world.put_items(db, [Item(n, vector(n / 4), creator_id=101) for n in (1, 2, 3, 4)])
    world.put_items(db, [Item(5, vector(0.5))])
    world.put_user(db, 1, vector(1))
    return db


def scores(
    db: Connection, user: int | str | None, items: list[int] | None, policy: str | None = "default"
) -> list[Any]:
    kind = "text" if isinstance(user, str) else "bigint"
    statement = f"select item_id, score from jophiel.score_items(%s::{kind}, %s::bigint[], %s)"  # noqa: S608
    return [(row.item_id, round(row.score, 6)) for row in db.execute(statement.encode(), (user, items, policy))]


def test_best_first_ties_by_id(small: Connection) -> None:
    assert scores(small, 1, [5, 3, 2, 1]) == [(3, 0.75), (2, 0.5), (5, 0.5), (1, 0.25)]
    assert scores(small, "1", [5, 3, 2, 1]) == scores(small, 1, [1, 2, 3, 5])


def test_the_penalty_counts(small: Connection) -> None:
    world.act(small, 1, 4)

    assert scores(small, 1, [4, 1]) == [(1, 0.25), (4, -999.0)]


def test_another_policy(small: Connection) -> None:
    small.execute("""select jophiel.define_policy('fans', '{"similarity": 0, "following": 2}')""")
    world.put_user(small, 1, follows=[101])

    assert scores(small, 1, [5, 1, 2], "fans") == [(1, 2.0), (2, 2.0), (5, 0.0)]


@pytest.mark.parametrize("items", [[], [99], None, [None]])
def test_nothing_known_nothing_scored(small: Connection, items: list[int] | None) -> None:
    assert scores(small, 1, items) == []


def test_doubled_items_are_scored_once(small: Connection) -> None:
    assert scores(small, 1, [1, 1, 1]) == [(1, 0.25)]


def test_a_user_without_a_taste(small: Connection) -> None:
    world.put_user(small, 2)

    assert scores(small, 2, [2, 1]) == [(1, 0.0), (2, 0.0)]


@pytest.mark.parametrize(
    ("user", "policy", "sqlstate"),
    [
        (9, "default", "JO002"),
        (None, "default", "JO002"),
        ("nobody", "default", "JO002"),
        (1, "nix", "JO006"),
        (1, None, "JO006"),
    ],
)
def test_errors(small: Connection, user: int | str | None, policy: str | None, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error, match="there is no") as error:
        scores(small, user, [1], policy)

    assert error.value.sqlstate == sqlstate
    assert error.value.diag.message_hint
