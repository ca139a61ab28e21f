"""The generator: the same for the same seed, as many rows as asked for, and tastes that are really there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jophiel.seeding.generator import FIRST_CREATOR, Generator, Sizes

NOW = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
SIZES = Sizes(users=120, items=900, interactions=6000)


def generate(seed: int = 1, sizes: Sizes = SIZES, now: datetime = NOW) -> dict[str, list[tuple[Any, ...]]]:
    made = Generator(sizes, seed=seed, now=now)
    names = ("items", "users", "follows", "collections", "interactions")
    return {name: list(getattr(made, name)()) for name in names}


def test_the_same_seed_gives_the_same_data_all_day() -> None:
    assert generate() == generate(now=NOW + timedelta(hours=8))
    assert generate(seed=1)["items"] != generate(seed=2)["items"]


def test_there_are_as_many_rows_as_asked_for_and_they_refer_to_each_other() -> None:
    data = generate()
    assert [row[1] for row in data["items"]] == list(range(1, 901))
    assert [row[1] for row in data["users"]] == list(range(1, 121))
    assert len(data["interactions"]) == 6000
    assert {row[1] for row in data["interactions"]} <= set(range(1, 121))
    assert {row[2] for row in data["interactions"]} <= set(range(1, 901))
    assert {row[2] for row in data["follows"]} <= {row[3] for row in data["items"]} | set(
        range(FIRST_CREATOR, FIRST_CREATOR + 36)
    )


def test_nothing_happens_in_the_future_or_before_its_item() -> None:
    data = generate()
    created = {row[1]: row[8] for row in data["items"]}
    assert max(created.values()) <= NOW.timestamp()
    for _, _, item, _, _, ts in data["interactions"]:
        assert created[item] - 1 <= float(ts) <= NOW.timestamp()


def test_what_users_like_is_of_their_groups_and_what_they_dislike_is_not() -> None:
    data = generate()
    group = {row[1]: json.loads(row[7])["planted_group"] for row in data["items"]}
    groups = {row[1]: set(json.loads(row[2])["planted_groups"]) for row in data["users"]}

    def share(kind: str) -> float:
        found = [group[item] in groups[user] for _, user, item, type_, _, _ in data["interactions"] if type_ == kind]
        return sum(found) / len(found)

    assert share("like") > 0.9
    assert share("dislike") < 0.3


def test_some_users_are_cold_and_popularity_is_skewed() -> None:
    data = generate()
    active = {row[1] for row in data["interactions"]}
    assert 1 in active
    assert 0.02 < 1 - len(active) / 120 < 0.3
    counts: dict[int, int] = {}
    for row in data["interactions"]:
        counts[row[2]] = counts.get(row[2], 0) + 1
    top = sorted(counts.values(), reverse=True)[:90]
    assert sum(top) > 0.25 * 6000


@pytest.mark.parametrize("sizes", [Sizes(0, 0, 0), Sizes(0, 5, 10), Sizes(5, 0, 10), Sizes(1, 1, 1)])
def test_degenerate_sizes_are_fine(sizes: Sizes) -> None:
    data = generate(sizes=sizes)
    assert len(data["items"]) == sizes.items
    assert len(data["users"]) == sizes.users
