from __future__ import annotations

import json
import math
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.items.catalogue import AUDIO, contents, product, scalar, set_features, upsert, vectorise

Connection = psycopg.Connection[Any]

CATALOGUE: list[dict[str, Any]] = [
    {"item_id": 1, "tags": ["guitar", "melancholy"], "genero": ["ambient"], "tipo": "loop", "bpm": 100},
    {"item_id": 2, "tags": ["guitar"], "genero": ["ambient", "lofi"], "tipo": "loop", "bpm": 110},
    {"item_id": 3, "tags": ["melancholy"], "genero": ["techno"], "tipo": "one-shot", "bpm": 180},
    {"item_id": 4, "tags": ["drums"], "genero": ["techno"], "tipo": "one-shot"},
]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    set_features(db, *AUDIO)
    upsert(db, *CATALOGUE)
    db.execute("call jophiel.revectorise()")
    return db


def test_frequent_terms_do_not_meet(catalogue: Connection) -> None:
    """The first implementation hashed `guitar` and `melancholy` into one bucket."""
    assert product(vectorise(catalogue, {"tags": ["guitar"]}), vectorise(catalogue, {"tags": ["melancholy"]})) == 0
    coordinates = catalogue.execute("select coordinate from jophiel.terms where coordinate is not null").fetchall()
    assert len({row.coordinate for row in coordinates}) == len(coordinates)
    assert all(3 <= row.coordinate <= 96 for row in coordinates)


def test_by_hand(catalogue: Connection) -> None:
    """Two features of weight 1 and 0.5; a term's rarity only matters beside others of its feature."""
    vector = vectorise(catalogue, {"tags": ["guitar", "drums"], "tipo": "loop"})
    guitar, drums = math.log(5 / 3) + 1, math.log(5 / 2) + 1
    tags, whole = math.hypot(guitar, drums), math.hypot(1, 0.5)
    by_term = {
        (row.feature, row.term): vector[row.coordinate - 1]
        for row in catalogue.execute("select feature, term, coordinate from jophiel.terms").fetchall()
    }
    assert by_term["tags", "guitar"] == pytest.approx(guitar / tags / whole, abs=1e-3)
    assert by_term["tags", "drums"] == pytest.approx(drums / tags / whole, abs=1e-3)
    assert by_term["tipo", "loop"] == pytest.approx(0.5 / whole, abs=1e-3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"tags": ["Guitar"]}, {"tags": ["guitar"]}),
        ({"tags": ["melanchóly"]}, {"tags": ["MELANCHOLY "]}),
        ({"tags": ["guitar", "Guitar"]}, {"tags": ["guitar"]}),
        ({"tags": ["guitar", "drums"]}, {"tags": "guitar | drums"}),
        ({"tags": ["guitar", "drums"]}, {"tags": "drums,guitar"}),
        ({"tipo": "loop"}, {"tipo": ["loop"]}),
        ({"bpm": 120}, {"bpm": "120.0"}),
        ({"bpm": 10}, {"bpm": 60}),
        ({"bpm": 1e30}, {"bpm": 200}),
        ({"title": "Café, noir!"}, {"title": "noir cafe noir a"}),
        ({"tags": ["never", None, "", {"a": 1}]}, {"tags": ["NEVER"]}),
    ],
)
def test_the_same_in_other_words(catalogue: Connection, one: object, other: object) -> None:
    vector = vectorise(catalogue, one)
    assert any(vector)
    assert vector == vectorise(catalogue, other)


def test_near_numbers_are_near(catalogue: Connection) -> None:
    at = {bpm: vectorise(catalogue, {"bpm": bpm}) for bpm in (60, 120, 125, 200)}
    assert product(at[120], at[125]) > product(at[120], at[200]) > product(at[60], at[200])
    assert product(at[60], at[200]) == pytest.approx(0, abs=1e-3)
    assert product(at[120], at[125]) == pytest.approx(math.cos(5 / 140 * math.pi / 2), abs=2e-3)


@pytest.mark.parametrize("unknown", [None, "fast", "NaN", [], [120], {}, True, "1e999"])
def test_an_unknown_number_is_neutral(catalogue: Connection, unknown: object) -> None:
    assert vectorise(catalogue, {"tags": ["guitar"], "bpm": unknown}) == vectorise(catalogue, {"tags": ["guitar"]})
    assert vectorise(catalogue, {"bpm": unknown}) == [0] * 128


def test_without_any_known_feature(catalogue: Connection) -> None:
    upsert(catalogue, {"item_id": 9, "colour": "red"})
    assert contents(catalogue)[9] == [0] * 128


def test_unknown_terms_are_kept_in_the_tail(catalogue: Connection) -> None:
    vector = vectorise(catalogue, {"tags": ["never seen"]})
    assert vector[:96] == [0] * 96
    assert math.hypot(*vector) == pytest.approx(1)


def test_the_hash_is_the_same_everywhere(db: Connection) -> None:
    """Written down: another machine or version of PostgreSQL must give the same."""
    rows = db.execute(
        "select jophiel._tail_coordinate('tags', t, 128, 32) from unnest('{guitar,melancholy,café}'::text[]) as t"
    ).fetchall()
    assert [row[0] for row in rows] == [102, -105, 127]


def test_a_feature_of_one_domain(db: Connection) -> None:
    set_features(db, {"feature": "year", "kind": "category", "domain": "films"})
    assert vectorise(db, {"year": 1999}, "films") == [0] * 128  # no version has it yet
    upsert(db, {"item_id": 1, "domain": "films", "year": 1999}, {"item_id": 2, "domain": "songs", "year": 1999})
    db.execute("call jophiel.revectorise()")
    assert any(vectorise(db, {"year": 1999}, "films"))
    assert contents(db)[2] == [0] * 128
    assert scalar(db, "select item_count from jophiel.terms") == 1


def test_a_source_is_a_path(db: Connection) -> None:
    set_features(db, {"feature": "key", "kind": "category", "source": "audio.key"})
    upsert(db, {"item_id": 1, "audio": {"key": "C"}})
    db.execute("call jophiel.revectorise()")
    assert any(vectorise(db, {"audio": {"key": "c"}}))
    assert not any(vectorise(db, {"key": "c"}))


@pytest.fixture
def embeddings(db: Connection) -> Connection:
    set_features(db, {"feature": "embedding", "kind": "embedding"})
    upsert(db, {"item_id": 1})
    db.execute("call jophiel.revectorise()")
    return db


def test_embeddings_are_sketched(embeddings: Connection) -> None:
    one = [math.sin(n) for n in range(300)]
    near = [value + 0.05 * math.cos(7 * n) for n, value in enumerate(one)]
    far = [math.sin(3 * n + 1) for n in range(300)]
    sketch = [vectorise(embeddings, {"embedding": values}) for values in (one, near, far)]
    assert math.hypot(*sketch[0]) == pytest.approx(1, abs=1e-3)
    assert product(sketch[0], sketch[1]) > 0.95
    assert abs(product(sketch[0], sketch[2])) < 0.6
    assert vectorise(embeddings, {"embedding": [2 * value for value in one]}) == pytest.approx(sketch[0], abs=1e-3)
    assert not any(vectorise(embeddings, {"embedding": None}))
    assert not any(vectorise(embeddings, {"embedding": [0, 0]}))


@pytest.mark.parametrize("broken", ["text", [], {}, 3, ["a"], ["NaN"], [None], [1, [2]], [1e300]])
def test_a_broken_embedding_is_refused_at_the_door(embeddings: Connection, broken: object) -> None:
    for attempt in (
        lambda: vectorise(embeddings, {"embedding": broken}),
        lambda: upsert(embeddings, {"item_id": 2}, {"item_id": 3, "embedding": broken}),
    ):
        with pytest.raises(psycopg.Error) as caught:
            attempt()
        assert caught.value.sqlstate == "JO011"
        assert caught.value.diag.message_hint
    assert scalar(embeddings, "select array_agg(item_id) from jophiel.items") == [1]


def test_a_broken_embedding_stops_no_batch(db: Connection) -> None:
    upsert(db, {"item_id": 1, "embedding": "text"}, {"item_id": 2, "embedding": [1, 2]})
    set_features(db, {"feature": "embedding", "kind": "embedding"})
    db.execute("call jophiel.revectorise()")
    assert not any(contents(db)[1])
    assert any(contents(db)[2])


@pytest.mark.parametrize("document", ["[]", "null", "3", '"x"'])
def test_a_document_is_an_object(db: Connection, document: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute("select jophiel.vectorise_document(%s)", (document,))
    assert caught.value.sqlstate == "JO010"


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
)
json_values = st.recursive(
    values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.just("a"), inner), max_leaves=6
)
documents = st.fixed_dictionaries({}, optional=dict.fromkeys(("bpm", "genero", "tipo", "tags", "title"), json_values))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents)
def test_every_vector_has_unit_length_or_is_zero(catalogue: Connection, document: dict[str, object]) -> None:
    length = math.hypot(*vectorise(catalogue, json.loads(json.dumps(document))))
    assert length == pytest.approx(1, abs=2e-3) or length == 0
