from __future__ import annotations

import math
from typing import Any

import psycopg
import pytest

from tests.sql.items.catalogue import AUDIO, scalar, set_features, upsert

Connection = psycopg.Connection[Any]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    set_features(db, *AUDIO)
    upsert(
        db,
        {"item_id": 1, "tags": ["guitar"], "genero": "ambient", "title": "Rain"},
        {"item_id": 2, "tags": ["drums"], "genero": "drum and bass", "title": "Storm"},
        {"item_id": 3, "tags": ["piano"], "genero": "ambient", "title": "Guitar lesson"},
        {"item_id": 4, "tags": ["voice"], "genero": "techno"},
    )
    db.execute("call jophiel.revectorise()")
    return db


def interest(db: Connection, *interests: str | None) -> list[float]:
    query = "select jophiel.interest_vector(%s::text[])::public.vector::real[]"
    return list(scalar(db, query, (list(interests),)))


def nearest(db: Connection, *interests: str) -> list[int]:
    rows = db.execute(
        "select item_id from jophiel.item_vectors"
        " order by public.subvector(offer, 1, 128) <#> jophiel.interest_vector(%s::text[]), item_id",
        (list(interests),),
    ).fetchall()
    return [row.item_id for row in rows]


def test_nearest_to_matching_items(catalogue: Connection) -> None:
    assert nearest(catalogue, "GUITAR")[:2] == [1, 3]
    assert nearest(catalogue, "Drum and  Bass")[0] == 2
    assert nearest(catalogue, "techno", "voice")[0] == 4
    assert nearest(catalogue, "stormy rain")[0] == 1, "words of an interest count, too"


def test_unit_length_or_zero(catalogue: Connection) -> None:
    assert math.hypot(*interest(catalogue, "guitar", "ambient", "never heard")) == pytest.approx(1, abs=1e-3)
    assert interest(catalogue) == [0] * 128
    assert interest(catalogue, "never heard", "", None) == [0] * 128
    assert catalogue.execute("select public.l2_norm(jophiel.interest_vector(null))").fetchone() == (0,)


def test_without_a_vocabulary(db: Connection) -> None:
    assert interest(db, "guitar") == [0] * 128
