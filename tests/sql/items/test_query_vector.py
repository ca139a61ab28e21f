"""A text as a place among the items."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]

ITEMS = [
    {"item_id": 1, "title": "Night rain", "tags": ["guitar", "hip hop"]},
    {"item_id": 2, "title": "Lluvia", "tags": ["melancólico"]},
    {"item_id": 3, "title": "Morning sun", "tags": ["piano", "trip-hop"]},
]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(ITEMS),))
    db.execute("call jophiel.revectorise()")
    return db


def likeness(db: Connection, text: str) -> dict[int, float]:
    rows = db.execute(
        "select v.item_id, -(subvector(v.offer, 1, 128) <#> jophiel.query_vector(%s)) as likeness "
        "from jophiel.item_vectors as v order by v.item_id",
        (text,),
    ).fetchall()
    return {row.item_id: row.likeness for row in rows}


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("some guitar please", 1),
        ("sad HIP HOP for tonight", 1),
        ("Melancolico!", 2),
        ("a bit of trip-hop", 3),
        ("rain", 1),
        ("sun " + "xyzzy " * 150, 3),
    ],
)
def test_is_near_the_items_that_have_its_words(catalogue: Connection, text: str, nearest: int) -> None:
    found = likeness(catalogue, text)
    assert found.pop(nearest) > 0.15
    assert max(found.values()) < 0.05


def test_is_of_unit_length_or_zero(catalogue: Connection) -> None:
    for text, length in (("guitar piano", 1), ("xyzzy plugh", 0), ("!?", 0)):
        row = catalogue.execute("select l2_norm(jophiel.query_vector(%s)) as length", (text,)).fetchone()
        assert row is not None
        assert row.length == pytest.approx(length, abs=1e-3)


@pytest.mark.parametrize("text", [None, "", " \t\n", "x" * 1001])
def test_what_is_no_wish_is_refused(db: Connection, text: str | None) -> None:
    with pytest.raises(psycopg.DatabaseError) as caught:
        db.execute("select jophiel.query_vector(%s)", (text,))
    assert caught.value.sqlstate == "JO001"
    assert caught.value.diag.message_hint


def test_phrases_are_words_and_runs_of_them(db: Connection) -> None:
    row = db.execute(
        "select jophiel._phrases(' Sad  hip-hop, Ü! ') as found, jophiel._phrases('--') as none"
    ).fetchone()
    assert row is not None
    assert {"sad", "hip-hop,", "hip", "hop", "hip hop", "hip hop u", "sad hip hop", "u"} <= set(row.found)
    assert row.none in ([], ["--"])
