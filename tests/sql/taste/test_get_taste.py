"""jophiel.get_taste and jophiel.describe_taste."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FEATURES = [
    {"feature": "tags", "kind": "tags", "source": "tags", "weight": 1},
    {"feature": "genre", "kind": "category", "source": "genre", "weight": 1},
    {
        "feature": "bpm",
        "kind": "number",
        "source": "bpm",
        "weight": 1,
        "min_value": 60,
        "max_value": 200,
        "coordinate": 1,
    },
]


@pytest.fixture(autouse=True)
def _world(db: psycopg.Connection[Any], freeze: Callable[[str], None]) -> None:
    freeze("2026-03-02T00:00:00Z")
    db.execute("update jophiel.feature_schemas set features = %s where is_active", (json.dumps(FEATURES),))
    for item, tags, metadata in (
        (1, ["Guitar", "calm"], {"genre": "Jazz", "bpm": 100}),
        (2, ["guitar"], {"genre": ["jazz", "folk"], "bpm": 140}),
        (3, ["noise"], {"genre": "metal", "bpm": 999}),
        (4, [], {}),
    ):
        db.execute(
            "insert into jophiel.items (item_id, tags, metadata, created_at, updated_at) "
            "values (%s, %s, %s, now(), now())",
            (item, tags, json.dumps(metadata)),
        )


def _act(db: psycopg.Connection[Any], item: int, kind: str = "like", at: str | None = None) -> None:
    db.execute("select jophiel.record_interaction(1::bigint, %s::bigint, %s, null, %s)", (item, kind, at))


def _taste(db: psycopg.Connection[Any], limit: int = 10) -> list[tuple[str, str, float]]:
    rows = db.execute("select * from jophiel.get_taste(1::bigint, %s)", (limit,))
    return [(r.feature, r.term, round(r.weight, 6)) for r in rows]


def test_shares_of_what_is_liked(db: psycopg.Connection[Any]) -> None:
    _act(db, 1)
    _act(db, 2, at="2026-01-01T00:00:00Z")  # a half-life ago: counts half
    assert _taste(db) == [
        ("genre", "jazz", 0.75),
        ("genre", "folk", 0.25),
        ("tags", "guitar", 0.6),
        ("tags", "calm", 0.4),
        ("bpm", "mean", round((100 + 140 / 2) / 1.5, 6)),
        ("bpm", "spread", round((40 * 40 * 2 / 9) ** 0.5, 6)),
    ]


def test_what_is_disliked_is_negative_and_has_no_part_in_numbers(db: psycopg.Connection[Any]) -> None:
    _act(db, 1)
    _act(db, 3, "dislike")
    assert _taste(db) == [
        ("genre", "jazz", 1),
        ("genre", "metal", -1),
        ("tags", "calm", 0.5),
        ("tags", "guitar", 0.5),
        ("tags", "noise", -0.5),
        ("bpm", "mean", 100),
        ("bpm", "spread", 0),
    ]


def test_only_dislikes(db: psycopg.Connection[Any]) -> None:
    _act(db, 3, "dislike")
    assert _taste(db) == [("genre", "metal", -1), ("tags", "noise", -1)]


def test_numbers_are_clamped_and_terms_limited(db: psycopg.Connection[Any]) -> None:
    _act(db, 1)
    _act(db, 3)
    found = _taste(db, 1)
    assert [f for f, _, _ in found] == ["genre", "tags", "bpm", "bpm"]
    assert ("bpm", "mean", 150.0) in found


def test_nothing_known(db: psycopg.Connection[Any]) -> None:
    _act(db, 1)
    _act(db, 1, "unlike")
    _act(db, 4)
    _act(db, 404)
    assert _taste(db) == []
    assert db.execute("select jophiel.describe_taste(1::bigint)").fetchone() == ({"terms": {}, "numeric": {}},)


def test_described_as_a_document(db: psycopg.Connection[Any]) -> None:
    db.execute("select jophiel.record_interaction('ann', '1')")
    row = db.execute("select jophiel.describe_taste('ann')").fetchone()
    assert row is not None
    assert row[0] == {
        "terms": {"genre": {"jazz": 1}, "tags": {"guitar": 0.5, "calm": 0.5}},
        "numeric": {"bpm": {"mean": 100, "spread": 0}},
    }
    assert len(db.execute("select * from jophiel.get_taste('ann')").fetchall()) == 5


@pytest.mark.parametrize("call", ["get_taste(404::bigint)", "get_taste('nobody')", "describe_taste(404::bigint)"])
def test_unknown_users(db: psycopg.Connection[Any], call: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute(f"select jophiel.{call}")
    assert error.value.sqlstate == "JO002"
