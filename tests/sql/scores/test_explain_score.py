from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, explanation, total, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def small(db: Connection) -> Connection:
    """User 1 likes (3, 4, 0, 0) and, collaboratively, (0, 2), and follows 101."""
    world.furnish(db)
    world.put_items(
        db,
        [
            Item(1, vector(1), creator_id=101, hours=48),
            Item(2, vector(0, 1), creator_id=102, hours=96),
            Item(3, vector(0.6, 0.8, collaborative=[0.6, 0.8]), hours=0),
            Item(4, vector(-1), hours=-5),
            Item(5, vector(), popularity=0.5),
        ],
    )
    world.put_user(db, 1, vector(3, 4, collaborative=[0, 2]), follows=[101])
    return db


def test_the_formula_by_hand(small: Connection) -> None:
    """similarity * 1.0 + following * 0.5 + novelty * 0.2, novelty halving every 48 hours."""
    feed = dict(world.recompute(small, 1))

    assert feed == pytest.approx(
        {
            1: 0.6 + 0.5 + 0.2 * 0.5,
            2: 0.8 + 0.2 * 0.25,
            3: 1.0 + 0.8 + 0.2,
            4: -0.6 + 0.2,
            5: 0.0,
        },
        abs=2e-3,  # halfvec keeps three decimals
    )
    assert list(feed) == [3, 1, 2, 5, 4]


def test_every_component_has_a_row(small: Connection) -> None:
    rows = explanation(small, 1, 1)

    assert list(rows) == ["similarity", "collaborative", "following", "novelty", "popularity", "penalty"]
    assert {name: row.weight for name, row in rows.items()} == {
        "similarity": 1, "collaborative": 1, "following": 0.5, "novelty": 0.2, "popularity": 0, "penalty": -1000,
    }  # fmt: skip
    assert {name: row.value for name, row in rows.items()} == pytest.approx(
        {"similarity": 0.6, "collaborative": 0, "following": 1, "novelty": 0.5, "popularity": 0, "penalty": 0}, abs=1e-3
    )
    for row in rows.values():
        assert row.contribution == pytest.approx(row.weight * row.value)


def test_what_was_liked_costs_a_thousand(small: Connection) -> None:
    world.act(small, 1, 1)

    assert explanation(small, 1, 1)["penalty"].contribution == -1000
    assert total(small, 1, 1) == pytest.approx(1.2 - 1000, abs=2e-3)
    assert 1 not in dict(world.recompute(small, 1))


def test_only_active_and_definitive_interactions_are_punished(small: Connection) -> None:
    world.act(small, 1, 1, "play")
    world.act(small, 1, 2, "like", is_active=False)

    assert explanation(small, 1, 1)["penalty"].contribution == 0
    assert explanation(small, 1, 2)["penalty"].contribution == 0
    small.execute("update jophiel.interaction_types set is_definitive = true where interaction_type = 'play'")
    assert explanation(small, 1, 1)["penalty"].contribution == -1000


def test_weights_are_rows(small: Connection) -> None:
    weights = {"similarity": 2, "collaborative": 0.5, "following": 3, "novelty": 1, "popularity": 4}
    small.execute(
        "select jophiel.define_policy('odd', %s)", (json.dumps({**weights, "novelty_half_life": "24 hours"}),)
    )
    small.execute("""select jophiel.define_feed('odd', '{"policy": "odd"}')""")

    assert dict(world.recompute(small, 1, "odd")) == pytest.approx(
        {1: 1.2 + 3 + 0.25, 2: 1.6 + 0.0625, 3: 2 + 0.4 + 1, 4: -1.2 + 1, 5: 2.0}, abs=5e-3
    )


@pytest.mark.parametrize("policy", ["{}", '{"collaborative": 7, "popularity": 2}', '{"similarity": 0, "novelty": 30}'])
@pytest.mark.parametrize("events", [None, 0, 3, 5, 100])
def test_explanations_add_up_to_the_stored_scores(
    small: Connection, freeze: Callable[[str], None], policy: str, events: int | None
) -> None:
    """For warm, half cold and cold users, in an hour when novelty has faded."""
    small.execute("select jophiel.define_policy('default', %s)", (policy,))
    taste = None if events is None else vector(0.3, -0.1, 2, collaborative=[5, 1])
    world.put_user(small, 2, taste, events=events or 0, follows=[102], interests=["guitar"])

    feed = world.recompute(small, 2)
    freeze("2026-02-03T05:00:00Z")

    assert len(feed) == 5
    for item, score in feed:
        assert total(small, 2, item) == pytest.approx(score, rel=1e-6, abs=1e-6)


def test_what_is_not_in_the_feed_is_explained_as_of_now(small: Connection, freeze: Callable[[str], None]) -> None:
    small.execute("""select jophiel.define_feed('main', '{"size": 1}')""")
    assert world.ids(world.recompute(small, 1)) == [3]
    freeze("2026-02-03T00:00:00Z")

    assert explanation(small, 1, 3)["novelty"].value == 1
    assert explanation(small, 1, 1)["novelty"].value == pytest.approx(0.25)


def test_an_ancient_item_does_not_underflow(small: Connection) -> None:
    small.execute("update jophiel.scoring_policies set novelty_half_life = '1 second'")
    world.put_items(small, [Item(9, vector(1), hours=1e9 / 3600)])

    assert dict(world.recompute(small, 1))[9] == pytest.approx(0.6, abs=1e-3)
    assert explanation(small, 1, 9)["novelty"].contribution == pytest.approx(0, abs=1e-12)


def test_text_keys(small: Connection) -> None:
    small.execute('select count(*) from jophiel.upsert_users(\'[{"user_id": "ana"}]\')')
    by_key = explanation(small, "ana", "3")
    by_id = explanation(small, world.scalar(small, "select jophiel.key_id('ana')"), 3)

    assert by_key == by_id
    assert by_key["novelty"].contribution == pytest.approx(0.2)


MISTAKES = [
    ((9, 1, "main"), "JO002", "there is no user 9"),
    ((None, 1, "main"), "JO002", "there is no user null"),
    ((1, 99, "main"), "JO003", "there is no item 99"),
    ((1, None, "main"), "JO003", "there is no item null"),
    ((1, 1, "nix"), "JO005", "there is no feed nix"),
    ((1, 1, None), "JO005", "there is no feed null"),
]


def test_errors(small: Connection) -> None:
    for arguments, sqlstate, message in MISTAKES:
        with pytest.raises(psycopg.Error, match=message) as error:
            small.execute("select * from jophiel.explain_score(%s::bigint, %s::bigint, %s)", arguments)

        assert error.value.sqlstate == sqlstate, arguments
        assert error.value.diag.message_hint
