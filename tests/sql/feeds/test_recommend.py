"""A feed by weights of the request's own: made on demand, explained, stored nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, scalar, vector
from tests.sql.models.trained import activate, put_model

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]
COMPONENTS = ["content", "collaborative", "neighbours", "following", "novelty", "popularity"]


@pytest.fixture
def small(db: Connection) -> Connection:
    """User 1 liked 9; item 1 is like it, 2 has its vector, 3 is its neighbour, 4 followed, 5 new, 6 popular."""
    world.furnish(db)
    world.put_items(
        db,
        [
            Item(1, vector(1)),
            Item(2, vector(0, 1)),
            Item(3, vector(0, 1)),
            Item(4, vector(0, 1), creator_id=101),
            Item(5, vector(0, 1), hours=0),
            Item(6, vector(0, 1), popularity=1),
            Item(9, vector(1)),
        ],
    )
    model = put_model(db, {9: ([1, 0], [0, 0]), 2: ([0, 0], [1, 0])}, neighbours={9: {3: 1}})
    activate(db, model)
    world.put_user(db, 1, follows=[101])
    db.execute("select jophiel.record_interaction(1, 9, 'like', p_happened_at => %s)", (world.NOW,))
    db.execute("select count(*) from jophiel._rebuild_tastes(array[1::bigint])")
    db.execute("update jophiel.tastes set event_count = 10")
    return db


def recommend(db: Connection, options: dict[str, Any], user: int | str = 1, **arguments: Any) -> list[Any]:
    named = "".join(f", p_{name} => %({name})s" for name in arguments)
    statement = f"select * from jophiel.recommend(%(user)s, %(options)s{named})"  # noqa: S608 - names of this file
    return db.execute(statement.encode(), {"user": user, "options": json.dumps(options), **arguments}).fetchall()


def scores(db: Connection, options: dict[str, Any]) -> dict[int, float]:
    return {row.item_id: round(row.score, 3) for row in recommend(db, options)}


def test_one_model_alone(small: Connection) -> None:
    """Each finds its item; a weight of the policy is kept (following .5, novelty .2), 0 becomes 1."""
    for item, model in enumerate(COMPONENTS, start=1):
        expected = {"following": 0.5, "novelty": 0.2}.get(model, 1)
        found = scores(small, {"models": [model]})
        assert found == {n: expected if n == item else 0 for n in range(1, 7)}, model
        assert next(iter(found)) == item


def test_the_share_of_the_collaborative_side(small: Connection) -> None:
    """Content 1 and collaborative 1 of the policy make 2, however they are shared; neighbours have no weight in it."""

    def three(options: dict[str, Any]) -> list[float]:
        found = scores(small, options)
        return [found[1], found[2], found[3]]

    assert three({}) == [1, 1, 0]
    assert three({"cf_weight": 0}) == [2, 0, 0]
    assert three({"cf_weight": 0.25}) == [1.5, 0.5, 0]
    assert three({"cf_weight": 1}) == [0, 2, 0]
    assert three({"cf_weight": 0.5, "models": ["content", "neighbours"]}) == [1, 0, 1]
    assert three({"cf_weight": 0.5, "weights": {"neighbours": 3, "collaborative": 1}}) == pytest.approx(
        [2.5, 0.625, 1.875]
    )
    assert scores(small, {"cf_weight": 0.75})[4] == 0.5, "a follow weighs what it weighed"


def test_a_model_without_vectors_gives_its_share_to_neighbours(small: Connection) -> None:
    activate(small, put_model(small, neighbours={9: {3: 1}}))
    found = scores(small, {"cf_weight": 1})
    assert (found[1], found[2], found[3]) == (0, 0, 2)
    small.execute("select jophiel.rollback_model()")
    small.execute("select jophiel.rollback_model()")
    found = scores(small, {"cf_weight": 1, "weights": {"collaborative": 0}})
    assert (found[1], found[2], found[3]) == (0, 0, 0), "without a model the side says nothing"


def test_weights_and_another_policy(small: Connection) -> None:
    assert scores(small, {"weights": {"similarity": 3, "following": 0}})[1] == 3
    small.execute("select jophiel.define_policy('newest', '{\"novelty\": 7, \"following\": 0}')")
    found = scores(small, {"policy": "newest"})
    assert (found[5], found[4]) == (7, 0)
    assert scores(small, {"policy": "newest", "weights": {"novelty": 1}})[5] == 1
    assert scores(small, {"policy": None, "models": None, "cf_weight": None}) == scores(small, {})


OPTIONS: list[dict[str, Any]] = [
    {},
    {"cf_weight": 0.3},
    {"models": ["content", "popularity"]},
    {"models": COMPONENTS, "cf_weight": 0.9},
    {"weights": {"popularity": 2, "prior": 1, "neighbours": 0.7}},
]


@pytest.mark.parametrize(
    "definition", ["{}", '{"diversity": 0.4, "creator_cap": 2}', '{"exploration": 2, "size": 4}', '{"cold_slots": 2}']
)
def test_reasons_add_up_and_nothing_is_stored(small: Connection, definition: str) -> None:
    small.execute("select jophiel.define_feed('main', %s)", (definition,))
    small.execute("select jophiel.record_interaction(2, 5, 'play', p_happened_at => %s)", (world.NOW,))
    before = world.recompute(small, 1)
    generation = scalar(small, "select generation from jophiel.feeds where user_id = 1")
    for options in OPTIONS:
        found = recommend(small, options)
        assert found
        for item in found:
            assert sum(reason["contribution"] for reason in item.reasons) == pytest.approx(item.score, abs=1e-3)
            assert {reason["component"] for reason in item.reasons} >= {"similarity", "penalty"}
            for reason in item.reasons:
                assert reason["contribution"] == pytest.approx(reason["weight"] * reason["value"], abs=1e-6)
        if not options:
            assert [(item.item_id, item.score) for item in found] == before, "the feed itself"
    assert world.feed(small, 1) == before
    assert scalar(small, "select generation from jophiel.feeds where user_id = 1") == generation
    assert scalar(small, "select count(*) from jophiel.scoring_policies") == 1


def test_pages_are_of_one_list(small: Connection, freeze: Callable[[str], None]) -> None:
    options = {"cf_weight": 0.4}
    whole = recommend(small, options)
    first = recommend(small, options, limit=2)
    freeze("2026-02-01T06:00:00Z")
    rest = recommend(small, options, limit=10, offset=2, generation=first[0].generation)
    assert [(row.rank, row.item_id, row.score) for row in first + rest] == [
        (row.rank, row.item_id, row.score) for row in whole
    ]
    assert sum(reason["contribution"] for reason in rest[0].reasons) == pytest.approx(rest[0].score, abs=1e-3)
    with pytest.raises(psycopg.Error) as error:
        recommend(small, {"models": ["novelty"]}, generation=first[0].generation)
    assert error.value.sqlstate == "JO020"
    with pytest.raises(psycopg.Error) as error:
        recommend(small, options, generation=3)
    assert error.value.sqlstate == "JO020"
    assert recommend(small, options, offset=50) == []


MISTAKES: list[tuple[Any, str]] = [
    (None, "JO010"),
    ([], "JO010"),
    ({"cfweight": 1}, "JO010"),
    ({"cf_weight": 1.01}, "JO001"),
    ({"cf_weight": -0.1}, "JO001"),
    ({"cf_weight": "1"}, "JO001"),
    ({"cf_weight": [1]}, "JO001"),
    ({"models": []}, "JO001"),
    ({"models": "content"}, "JO001"),
    ({"models": ["contents"]}, "JO001"),
    ({"models": [["content"]]}, "JO001"),
    ({"models": ["content"], "cf_weight": 1}, "JO006"),
    ({"weights": {"similarity": 101}}, "JO001"),
    ({"weights": {"similarity": -1}}, "JO001"),
    ({"weights": {"similarity": "1"}}, "JO001"),
    ({"weights": {"penalty": 0}}, "JO010"),
    ({"weights": [1]}, "JO010"),
    ({"weights": {"similarity": 0, "collaborative": 0, "following": 0, "novelty": 0}}, "JO006"),
    ({"policy": 7}, "JO001"),
    ({"policy": "none"}, "JO006"),
]


WHO: list[tuple[int | str, dict[str, Any], str]] = [
    (77, {}, "JO002"),
    ("nobody", {}, "JO002"),
    (1, {"feed": "none"}, "JO005"),
    (1, {"limit": 0}, "JO001"),
    (1, {"limit": 1001}, "JO001"),
    (1, {"offset": -1}, "JO001"),
]


def test_mistakes_are_named(small: Connection) -> None:
    tried: list[tuple[Any, int | str, dict[str, Any], str]] = [
        *((options, 1, {}, sqlstate) for options, sqlstate in MISTAKES),
        *(({}, user, arguments, sqlstate) for user, arguments, sqlstate in WHO),
    ]
    for options, user, arguments, sqlstate in tried:
        with pytest.raises(psycopg.Error) as error:
            recommend(small, options, user, **arguments)
        assert error.value.sqlstate == sqlstate, (options, arguments)
        assert error.value.diag.message_hint


def test_text_keys_and_an_empty_catalogue(db: Connection) -> None:
    db.execute("""select jophiel.upsert_users('[{"user_id": "ana"}]')""")
    assert recommend(db, {"cf_weight": 0.5}, "ana") == []
    world.catalogue(db, 5)
    found = recommend(db, {"models": ["novelty"]}, "ana")
    assert [row.item_id for row in found] == [1, 2, 3, 4, 5]
