"""The promise of the score, for whatever policies, tastes and items there are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.feeds import world
from tests.sql.feeds.world import CONTENT, LENGTH, Item

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

CREATORS = (101, 102, 103)

_numbers = st.integers(-8, 8).map(lambda n: n / 8)
_vectors = st.one_of(st.just([0.0] * LENGTH), st.lists(_numbers, min_size=LENGTH, max_size=LENGTH))
_weights = st.sampled_from([0.0, 0.05, 0.2, 0.5, 1.0, 3.0, 100.0])
_items = st.lists(
    st.builds(
        Item,
        item_id=st.integers(1, 40),
        offer=_vectors,
        creator_id=st.sampled_from([None, *CREATORS]),
        hours=st.sampled_from([-3.0, 0.0, 1.0, 48.0, 1000.0, 1e6]),
        popularity=st.sampled_from([0.0, 0.25, 1.0]),
    ),
    max_size=12,
    unique_by=lambda item: item.item_id,
)
_policies = st.fixed_dictionaries(
    dict.fromkeys(("similarity", "collaborative", "following", "novelty", "popularity", "cold_popularity"), _weights)
    | {"penalty": st.sampled_from([0.0, -0.001, -1000.0])}
).filter(lambda p: p["similarity"] + p["collaborative"] + p["following"] + p["novelty"] + p["popularity"] > 0)


def _unit(block: Sequence[float]) -> list[float]:
    length = math.hypot(*block)
    return [number / length for number in block] if length else list(block)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _expected(
    policy: dict[str, float], taste: Sequence[float], events: int, followed: Sequence[int], item: Item
) -> float:
    """The formula, written down a second time."""
    popularity = policy["popularity"] + policy["cold_popularity"] * max(0, 1 - events / 5)
    return (
        policy["similarity"] * _dot(_unit(taste[:CONTENT]), item.offer[:CONTENT])
        + policy["collaborative"] * _dot(_unit(taste[CONTENT:]), item.offer[CONTENT:])
        + policy["following"] * (item.creator_id in followed)
        + policy["novelty"] * 2 ** -(max(0, item.hours) / 48)
        + popularity * item.popularity
    )


def _write(db: psycopg.Connection[Any], policy: dict[str, float], items: Sequence[Item]) -> None:
    db.execute(
        "truncate jophiel.items, jophiel.item_signals, jophiel.item_vectors, jophiel.item_stats, "
        "jophiel.users, jophiel.tastes, "
        "jophiel.follows, jophiel.interactions, jophiel.feeds"
    )
    assignments = ", ".join(f"{name} = %({name})s" for name in policy)
    db.execute(f"update jophiel.scoring_policies set {assignments}".encode(), policy)  # noqa: S608 - names of this file
    world.put_items(db, items)


def test_scores_and_explanations_agree_with_the_formula(db: psycopg.Connection[Any]) -> None:
    world.furnish(db)

    @settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(
        policy=_policies,
        items=_items,
        taste=_vectors,
        events=st.sampled_from([0, 2, 5, 50]),
        followed=st.sets(st.sampled_from(CREATORS)),
        hidden=st.sets(st.integers(1, 40), max_size=8),
    )
    def holds(
        *,
        policy: dict[str, float],
        items: list[Item],
        taste: list[float],
        events: int,
        followed: set[int],
        hidden: set[int],
    ) -> None:
        _write(db, policy, items)
        world.put_user(db, 1, taste, events=events, follows=sorted(followed))
        for item in hidden:
            world.act(db, 1, item, "dislike")

        feed = world.recompute(db, 1)

        expected = {item.item_id: _expected(policy, taste, events, sorted(followed), item) for item in items}
        # Halfvecs: eleven bits for each factor of the two inner products.
        bound = 1e-5 + 4e-3 * (policy["similarity"] + policy["collaborative"])
        assert set(dict(feed)) == set(expected) - hidden
        assert feed == sorted(feed, key=lambda row: (-row[1], row[0]))
        for item, score in feed:
            assert score == pytest.approx(expected[item], rel=1e-5, abs=bound)
            assert world.total(db, 1, item) == pytest.approx(score, rel=1e-6, abs=1e-5)
        listed = db.execute(
            "select item_id, score from jophiel.score_items(1::bigint, %s::bigint[])", (list(expected),)
        ).fetchall()
        for row in listed:
            penalty = policy["penalty"] if row.item_id in hidden else 0
            assert row.score == pytest.approx(expected[row.item_id] + penalty, rel=1e-5, abs=bound)

    holds()
