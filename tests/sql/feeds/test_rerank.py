"""What looks at a feed as a whole: diversity, the cap of creators, exploration."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, ids, recompute, total, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


def define(db: Connection, **options: object) -> None:
    db.execute("select jophiel.define_feed('main', %s)", (json.dumps(options),))


@pytest.fixture
def fan(db: Connection) -> Connection:
    """Thirty items in a fan from east to north, four creators; user 1 looks east."""
    world.furnish(db)
    world.put_items(
        db,
        [
            Item(
                n, vector(math.cos(n / 20), math.sin(n / 20)), creator_id=None if n > 24 else 101 + n % 4, hours=1e6 + n
            )
            for n in range(1, 31)
        ],
    )
    world.put_user(db, 1, vector(1))
    return db


def mmr(relevance: list[float], offers: list[list[float]], diversity: float, size: int) -> list[int]:
    """Maximal marginal relevance as Carbonell and Goldstein have it, on scores from 0 to 1."""
    low, high = min(relevance), max(relevance)
    left: list[int] = list(range(len(relevance)))
    chosen: list[int] = []
    while left and len(chosen) < size:

        def value(place: int) -> float:
            likeness = max([0.0, *(sum(a * b for a, b in zip(offers[place], offers[c], strict=True)) for c in chosen)])
            return float((1 - diversity) * (relevance[place] - low) / (high - low) - diversity * likeness)

        best = max(left, key=lambda place: (round(value(place), 6), -place))
        chosen.append(best)
        left.remove(best)
    return chosen


@pytest.mark.parametrize("diversity", [0.1, 0.3, 0.6, 0.9])
def test_diversity_is_mmr(fan: Connection, diversity: float) -> None:
    plain = recompute(fan, 1)
    offers = {
        row[0]: json.loads(row[1]) for row in fan.execute("select item_id, offer::text from jophiel.item_vectors")
    }
    define(fan, diversity=diversity, size=10)

    diverse = recompute(fan, 1)

    expected = mmr([score for _, score in plain], [offers[item] for item in ids(plain)], diversity, 10)
    assert ids(diverse)[0] == ids(plain)[0]
    assert ids(diverse) == [ids(plain)[place] for place in expected]
    assert dict(diverse).items() <= dict(plain).items()


def test_full_diversity_differs_and_doubles_nothing(fan: Connection) -> None:
    plain = recompute(fan, 1)
    define(fan, diversity=1)

    diverse = recompute(fan, 1)

    assert ids(diverse) != ids(plain)
    assert ids(diverse)[:2] == [1, 30]
    assert sorted(diverse) == sorted(plain)


def test_diversity_of_one_item_and_of_equal_ones(db: Connection) -> None:
    world.furnish(db)
    world.put_user(db, 1, vector(1))
    define(db, diversity=0.5)
    world.put_items(db, [Item(3, vector(1))])
    assert ids(recompute(db, 1)) == [3]
    world.put_items(db, [Item(2, vector(1)), Item(1, vector(1))])

    assert ids(recompute(db, 1)) == [1, 2, 3]


@pytest.mark.parametrize("cap", [1, 2, 100])
@pytest.mark.parametrize("diversity", [0, 0.4])
def test_a_creator_has_no_more_than_the_cap(fan: Connection, cap: int, diversity: float) -> None:
    plain = ids(recompute(fan, 1))
    define(fan, creator_cap=cap, diversity=diversity)

    capped = ids(recompute(fan, 1))

    assert max(Counter(item % 4 for item in capped if item <= 24).values()) == min(cap, 6)
    assert {item for item in capped if item > 24} == set(range(25, 31))  # nobody's items are not one creator's
    if not diversity:
        assert capped == [item for item in plain if item in capped]
        assert capped[:cap] == plain[:cap]


def test_exploration_takes_evenly_spread_places(fan: Connection, freeze: Callable[[str], None]) -> None:
    define(fan, size=12)
    plain = ids(recompute(fan, 1))
    define(fan, size=12, exploration=3)
    counts = set()
    for day in range(1, 9):
        freeze(f"2026-02-0{day}T00:00:00Z")
        feed = recompute(fan, 1)

        drawn = [item for item in ids(feed) if item not in plain]
        counts.add(len(drawn))
        assert len(feed) == len(set(ids(feed))) == 12
        assert [item for item in ids(feed) if item in plain] == plain[: 12 - len(drawn)]
        places = [ids(feed).index(item) + 1 for item in drawn]
        assert places == [12 // len(drawn) * n for n in range(1, len(drawn) + 1)]
        for item, score in feed:
            assert total(fan, 1, item) == pytest.approx(score, abs=1e-6)

    # A draw that hits what is shown already is none.
    assert counts <= {0, 1, 2, 3}
    assert max(counts) >= 2


def test_exploration_can_be_repeated_and_changes_by_day_and_user(
    fan: Connection, freeze: Callable[[str], None]
) -> None:
    define(fan, size=10, exploration=5)
    for user in range(2, 6):
        world.put_user(fan, user, vector(1))
    first = recompute(fan, 1)

    freeze("2026-02-01T23:59:59Z")
    assert ids(recompute(fan, 1)) == ids(first)
    by_user = {tuple(ids(recompute(fan, user))) for user in range(1, 6)}
    assert len(by_user) > 1
    by_day = set()
    for day in range(2, 7):
        freeze(f"2026-02-0{day}T00:00:00Z")
        by_day.add(tuple(ids(recompute(fan, 1))))
    assert len(by_day) > 1


def test_exploration_never_shows_what_is_hidden_or_filtered_out(fan: Connection, freeze: Callable[[str], None]) -> None:
    for item in range(6, 31, 2):
        world.act(fan, 1, item, "dislike")
    fan.execute("update jophiel.items set tags = '{even}' where item_id % 2 = 0")
    define(fan, size=8, exploration=4)
    for day in range(1, 8):
        freeze(f"2026-02-0{day}T00:00:00Z")
        assert not set(ids(recompute(fan, 1))) & set(range(6, 31, 2))
    define(fan, size=8, exploration=4, filter={"tags": ["even"]})
    assert set(ids(recompute(fan, 1))) == {2, 4}


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_exploration_is_never_more_than_half(fan: Connection, size: int) -> None:
    define(fan, size=size)
    plain = ids(recompute(fan, 1))
    define(fan, size=size, exploration=100)

    feed = ids(recompute(fan, 1))

    assert len(feed) == len(set(feed)) == size
    assert feed[0] == plain[0]
    assert len([item for item in feed if item in plain]) >= size - size // 2


def test_exploration_where_everything_is_shown_already(fan: Connection) -> None:
    plain = recompute(fan, 1)
    define(fan, exploration=5)

    assert recompute(fan, 1) == plain


def test_all_options_together(fan: Connection) -> None:
    define(fan, size=9, exploration=2, diversity=0.3, creator_cap=2)

    feed = recompute(fan, 1)

    assert len(feed) == len(set(ids(feed))) == 9
    for item, score in feed:
        assert total(fan, 1, item) == pytest.approx(score, abs=1e-6)
