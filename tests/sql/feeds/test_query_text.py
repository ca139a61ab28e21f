"""A wish in words, blended into a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]
TAGS = ["guitar", "piano", "drums", "flute"]


@pytest.fixture
def db(db: Connection, freeze: Callable[[str], None]) -> Connection:
    """Forty items, ten of each tag; user 1 likes guitars, user 2 is nobody yet."""
    freeze("2026-01-10T00:00:00Z")
    items = [
        {"item_id": n, "title": f"Song {n}", "tags": [TAGS[n % 4], f"rare{n}"], "created_at": "2026-01-01T00:00:00Z"}
        for n in range(1, 41)
    ]
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))
    db.execute('select count(*) from jophiel.upsert_users(\'[{"user_id": 1}, {"user_id": 2}]\')')
    db.execute("select jophiel.record_interaction(1, n, 'like') from unnest(array[4, 8, 12]) as n")
    db.execute("call jophiel.revectorise()")
    db.execute("call jophiel.run_batch()")
    return db


def recommend(db: Connection, options: dict[str, Any], user: int = 1, limit: int = 8) -> list[Any]:
    return db.execute(
        "select * from jophiel.recommend(%s, %s, p_limit => %s)", (user, json.dumps(options), limit)
    ).fetchall()


def tags(rows: list[Any]) -> list[str]:
    return [TAGS[row.item_id % 4] for row in rows]


def query_reasons(row: Any) -> list[dict[str, Any]]:
    return [reason for reason in row.reasons if reason["component"] == "query"]


def test_a_wish_moves_the_feed_by_its_weight(db: Connection) -> None:
    assert set(tags(recommend(db, {}, limit=7))) == {"guitar"}
    assert set(tags(recommend(db, {"query_text": "Piano, please", "query_weight": 3}))) == {"piano"}
    assert set(tags(recommend(db, {"query_text": "piano", "query_weight": 0.2}, limit=7))) == {"guitar"}
    assert set(tags(recommend(db, {"query_text": "piano"}, user=2))) == {"piano"}, "who has no taste has a wish"


@pytest.mark.parametrize(
    "options", [{}, {"cf_weight": 0.4}, {"models": ["content", "novelty"]}, {"weights": {"similarity": 0}}]
)
def test_the_reasons_name_the_wish_and_add_up(db: Connection, options: dict[str, Any]) -> None:
    rows = recommend(db, {**options, "query_text": "piano", "query_weight": 1.5}, limit=40)
    for row in rows:
        assert sum(reason["contribution"] for reason in row.reasons) == pytest.approx(row.score, abs=1e-4)
        (reason,) = query_reasons(row)
        assert reason["weight"] == 1.5
        assert reason["contribution"] == pytest.approx(1.5 * reason["value"])
        assert reason["value"] == pytest.approx(0.65 if TAGS[row.item_id % 4] == "piano" else 0, abs=0.35)
    assert not any(query_reasons(row) for row in recommend(db, options))


def test_a_wish_may_be_all_that_counts(db: Connection) -> None:
    nothing = dict.fromkeys(
        ("similarity", "collaborative", "neighbours", "following", "novelty", "popularity", "cold_popularity"), 0
    )
    (best, *_) = recommend(db, {"weights": nothing, "query_text": "piano"})
    assert TAGS[best.item_id % 4] == "piano"
    (reason,) = query_reasons(best)
    assert best.score == pytest.approx(reason["contribution"], abs=1e-4)
    with pytest.raises(psycopg.Error) as error:
        recommend(db, {"weights": nothing})
    assert error.value.sqlstate == "JO006"


def test_words_that_nobody_knows_are_ignored_and_shown_to_be(db: Connection) -> None:
    plain = recommend(db, {"cf_weight": 0.5})
    wished = recommend(db, {"cf_weight": 0.5, "query_text": "xyzzy"})
    assert [(row.item_id, row.score) for row in wished] == [(row.item_id, row.score) for row in plain]
    assert query_reasons(wished[0]) == [{"component": "query", "weight": 0, "value": 0, "contribution": 0}]


def test_pages_are_of_one_feed(db: Connection) -> None:
    options = {"query_text": "drums and flute"}
    whole = recommend(db, options, limit=20)
    rest = db.execute(
        "select * from jophiel.recommend(1, %s, p_limit => 10, p_offset => 10, p_generation => %s)",
        (json.dumps(options), whole[0].generation),
    ).fetchall()
    assert [row.item_id for row in rest] == [row.item_id for row in whole[10:]]
    with pytest.raises(psycopg.DatabaseError) as caught:
        db.execute(
            "select * from jophiel.recommend(1, %s, p_generation => %s)",
            (json.dumps({"query_text": "guitar"}), whole[0].generation),
        )
    assert caught.value.sqlstate == "JO020"


def test_reranking_scores_with_the_wish(db: Connection) -> None:
    """Drawn items, reserved places and the list itself: every score is that of its reasons."""
    db.execute(
        'select jophiel.define_feed(\'odd\', \'{"exploration": 3, "diversity": 0.2, "cold_slots": 2, "size": 12}\')'
    )
    rows = db.execute(
        "select * from jophiel.recommend(1, '{\"query_text\": \"flute\"}', p_feed => 'odd', p_limit => 12)"
    ).fetchall()
    assert len(rows) == 12
    for row in rows:
        assert sum(reason["contribution"] for reason in row.reasons) == pytest.approx(row.score, abs=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"query_text": ""},
        {"query_text": " \n"},
        {"query_text": 5},
        {"query_text": "x" * 1001},
        {"query_text": "piano", "query_weight": -1},
        {"query_text": "piano", "query_weight": 101},
        {"query_text": "piano", "query_weight": "1"},
        {"query_weight": 1},
    ],
)
def test_what_is_no_wish_is_refused(db: Connection, options: dict[str, Any]) -> None:
    with pytest.raises(psycopg.DatabaseError) as caught:
        recommend(db, options)
    assert caught.value.sqlstate == "JO001"
    assert caught.value.diag.message_hint
