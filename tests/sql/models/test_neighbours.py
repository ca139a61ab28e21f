"""The neighbour table in scores, candidates and explanations."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, scalar, vector
from tests.sql.models.trained import activate, put_model

Connection = psycopg.Connection[Any]


@pytest.fixture
def spoken(db: Connection) -> Connection:
    """User 1 liked 1 now and 2 a half-life ago; the model's neighbours and nothing else are scored."""
    world.furnish(db)
    world.put_items(db, [Item(n, vector()) for n in range(1, 8)])
    for item, ago in ((1, 0), (2, 60)):
        db.execute(
            "select jophiel.record_interaction(1, %s, 'like', "
            "p_happened_at => %s::timestamptz - %s * interval '1 day')",
            (item, world.NOW, ago),
        )
    model = put_model(db, neighbours={1: {2: 1, 3: 0.5, 4: 0.25}, 2: {3: 0.5, 5: 1}, 6: {7: 1}})
    activate(db, model)
    db.execute(
        "select jophiel.define_policy('default', "
        '\'{"neighbours": 2, "similarity": 0, "collaborative": 0, "following": 0, "novelty": 0}\')'
    )
    return db


def test_by_hand(spoken: Connection) -> None:
    """3: 1 * .5 + .5 * .5 = .75; 5: .5 * 1; 4: .25; 2: 1, the greatest, and hidden. Times 2."""
    feed = dict(world.recompute(spoken, 1))
    assert feed == {
        3: pytest.approx(1.5),
        5: pytest.approx(1),
        4: pytest.approx(0.5),
        6: 0,
        7: 0,
    }
    row = world.explanation(spoken, 1, 3)["neighbours"]
    assert (row.weight, row.value, row.contribution) == (2, pytest.approx(0.75), pytest.approx(1.5))
    assert world.total(spoken, 1, 2) == pytest.approx(2 - 1000)
    assert [world.total(spoken, 1, item) for item in feed] == pytest.approx(list(feed.values()), abs=1e-5)


def test_a_dislike_speaks_against_and_nobody_for_nobody(spoken: Connection) -> None:
    spoken.execute("select jophiel.record_interaction(1, 7, 'dislike', p_happened_at => %s)", (world.NOW,))
    model = put_model(spoken, neighbours={1: {3: 0.5, 4: 1}, 7: {4: 2}})
    activate(spoken, model)
    assert dict(world.recompute(spoken, 1)) == {3: pytest.approx(2), 4: 0, 5: 0, 6: 0}
    spoken.execute("select jophiel.upsert_users('[{\"user_id\": 2}]')")
    assert {score for _, score in world.recompute(spoken, 2)} == {0}


def test_without_a_model_or_a_weight_nothing_changes(spoken: Connection) -> None:
    spoken.execute("select jophiel.rollback_model()")
    assert {score for _, score in world.recompute(spoken, 1)} == {0}
    assert world.explanation(spoken, 1, 3)["neighbours"].value == 0
    spoken.execute("select jophiel.define_policy('default', '{\"neighbours\": 0, \"similarity\": 1}')")
    assert "neighbours" not in world.explanation(spoken, 1, 3)


def test_only_the_newest_items_of_the_history(spoken: Connection) -> None:
    spoken.execute("update jophiel.settings set value = '1' where name = 'neighbour_events'")
    assert dict(world.recompute(spoken, 1)) == {3: pytest.approx(1), 4: pytest.approx(0.5), 5: 0, 6: 0, 7: 0}
    spoken.execute("update jophiel.settings set value = '2' where name = 'neighbour_items'")
    assert dict(world.recompute(spoken, 1)) == {3: pytest.approx(1), 4: 0, 5: 0, 6: 0, 7: 0}


def test_found_outside_the_cells_and_once(db: Connection) -> None:
    """With cells, the source of neighbours brings what the probed cells do not have; nothing is there twice."""
    world.furnish(db)
    draw = np.random.default_rng(5)
    offers = draw.normal(size=(600, 4))
    offers /= np.linalg.norm(offers, axis=1, keepdims=True)
    world.put_items(db, [Item(n + 1, vector(*map(float, offer)), creator_id=n % 9) for n, offer in enumerate(offers)])
    db.execute("update jophiel.settings set value = '100' where name = 'exact_scan_items'")
    db.execute("update jophiel.settings set value = '60' where name = 'probe_items'")
    db.execute("select jophiel.build_cells('default')")
    db.execute("select jophiel.record_interaction(1, 1, 'like')")
    db.execute("select jophiel.follow(1, 3)")
    db.execute("select jophiel.define_feed('main', '{\"size\": 50}')")
    activate(db, put_model(db, neighbours={1: {n: n / 600 for n in range(2, 601, 3)}}))
    db.execute("update jophiel.cell_builds set is_outdated = false")
    db.execute("update jophiel.scoring_policies set neighbours = 3")

    def ranked(probe: int | None) -> list[int]:
        return list(
            scalar(
                db,
                "select r.item_ids from jophiel.scoring_policies as p cross join lateral "
                "jophiel._rank_items(array[1::bigint], p, 'default', null, %s, 50, jophiel._now()) as r",
                probe,
            )
        )

    exact, probed = ranked(None), ranked(60)
    assert len(set(probed)) == 50
    assert len(set(exact) & set(probed)) >= 49
    feed = world.recompute(db, 1)
    for item, score in feed[:10]:
        assert world.total(db, 1, item) == pytest.approx(score, abs=1e-3)


def _calls(db: Connection) -> list[int]:
    rows = db.execute(
        "select calls from pg_stat_xact_user_functions where funcname in ('_user_neighbours', '_array_value')"
    )
    return [row.calls for row in rows]


def test_a_feed_without_neighbours_does_not_look_for_them(spoken: Connection) -> None:
    spoken.execute("set track_functions = 'all'")

    def calls(weight: float) -> int:
        with spoken.transaction(force_rollback=True):
            spoken.execute("update jophiel.scoring_policies set neighbours = %s, similarity = 1", (weight,))
            spoken.execute("select jophiel._compute_feeds(array[1::bigint], 'main', jophiel._now())")
            return sum(_calls(spoken))

    before = sum(_calls(spoken))
    assert calls(0) == before
    assert calls(1) == before + 1, "looked for once a user; values are looked up inline"


def test_a_search_knows_neighbours_too(spoken: Connection) -> None:
    scores = dict(
        spoken.execute("select item_id, score from jophiel._personal_scores(1, array[3, 4, 5, 6]::bigint[])").fetchall()
    )
    assert scores[3] > 0
    shares = {item: score / scores[3] for item, score in scores.items()}
    assert shares == pytest.approx({3: 1, 5: 2 / 3, 4: 1 / 3, 6: 0}, abs=0.001)


@pytest.mark.parametrize(
    ("keys", "key", "expected"),
    [
        ("{1,5,9}", 5, 0.5),
        ("{1,5,9}", 4, 0),
        ("{1,5,9}", 10, 0),
        ("{1,5,9}", -3, 0),
        ("{-7,5,9}", -7, 0.25),
        ("{}", 1, 0),
        (None, 1, 0),
    ],
)
def test_values_by_halving(db: Connection, keys: str | None, key: int, expected: float) -> None:
    found = scalar(db, "select jophiel._array_value(%s::bigint[], '{0.25,0.5,0.75}', %s)", keys, key)
    assert (found or 0) == expected
