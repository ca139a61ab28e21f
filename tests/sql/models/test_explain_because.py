"""Because you liked X: the shares of the history add up to what they explain."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector
from tests.sql.models.trained import activate, put_model

Connection = psycopg.Connection[Any]


@pytest.fixture
def history(db: Connection) -> Connection:
    """User 1 liked 1 (east) and 2 (north) and dislikes 3; item 4 is between, item 5 is nothing of all that."""
    world.furnish(db)
    blocks = {1: vector(1), 2: vector(0, 1), 3: vector(0, 0, 1), 4: vector(0.6, 0.8), 5: vector(0, 0, 0, 1)}
    world.put_items(db, [Item(n, block) for n, block in blocks.items()])
    db.execute("update jophiel.items set title = 'Item ' || item_id")
    for item, kind, ago in ((1, "like", 0), (2, "like", 60), (3, "dislike", 0)):
        db.execute(
            "select jophiel.record_interaction(1, %s, %s, p_happened_at => %s::timestamptz - %s * interval '1 day')",
            (item, kind, world.NOW, ago),
        )
    return db


def because(db: Connection, item: int, limit: int = 5) -> dict[int, float]:
    rows = db.execute(
        "select item_id, title, contribution from jophiel.explain_because(1::bigint, %s, p_limit => %s)", (item, limit)
    ).fetchall()
    assert [row.title for row in rows] == [f"Item {row.item_id}" for row in rows]
    return {row.item_id: row.contribution for row in rows}


def test_by_hand(history: Connection) -> None:
    """The taste is (1, .5, -1): 1.5 long. Item 4 has .6 of item 1 and .8 * .5 of item 2."""
    found = because(history, 4)
    assert list(found) == [1, 2]
    assert found == {1: pytest.approx(0.6 / 1.5, abs=1e-3), 2: pytest.approx(0.4 / 1.5, abs=1e-3)}
    assert sum(found.values()) == pytest.approx(world.explanation(history, 1, 4)["similarity"].contribution, abs=1e-3)
    assert list(because(history, 4, 1)) == [1]


def test_vectors_and_neighbours_of_a_model(history: Connection) -> None:
    east, north = [1.0, 0.0], [0.0, 1.0]
    model = put_model(
        history,
        {1: (east, east), 2: (north, north), 5: (east, [0.25, 0.5])},
        neighbours={2: {5: 1, 4: 0.5}},
        weights={"similarity": 0, "collaborative": 2, "neighbours": 3},
    )
    activate(history, model)
    found = because(history, 5)
    rows = world.explanation(history, 1, 5)
    assert sum(found.values()) == pytest.approx(
        rows["collaborative"].contribution + rows["neighbours"].contribution, abs=2e-3
    )
    assert list(found) == [2, 1], "2 speaks through both, although it weighs half"
    assert because(history, 4) == {2: pytest.approx(3 * 0.5, abs=1e-3)}


def test_nothing_to_say(history: Connection) -> None:
    assert because(history, 5) == {}
    assert because(history, 99) == {}
    history.execute("select jophiel.upsert_users('[{\"user_id\": 2}]')")
    assert history.execute("select * from jophiel.explain_because(2::bigint, 4)").fetchall() == []
    assert history.execute("select * from jophiel.explain_because('1', '4')").fetchall() != []


def test_unknown(history: Connection) -> None:
    for call, state in (("(9::bigint, 4)", "JO002"), ("(1::bigint, 4, 'none')", "JO005")):
        with pytest.raises(psycopg.DatabaseError) as caught:
            history.execute(f"select * from jophiel.explain_because{call}".encode())  # noqa: S608 - a text of this file
        assert caught.value.sqlstate == state
