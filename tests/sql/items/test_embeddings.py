"""Embeddings of items: what there is to embed, how they come into the vectors; those of two models never meet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest

if TYPE_CHECKING:
    from numpy.typing import NDArray

Connection = psycopg.Connection[Any]
DRAW = np.random.default_rng(5)
# Six subjects in a space of 100 dimensions, and items that are each somewhere near one of them.
SUBJECTS = DRAW.normal(size=(6, 100))
NEAR = {n: SUBJECTS[n % 6] + 0.3 * DRAW.normal(size=100) for n in range(1, 61)}


def text(vector: NDArray[np.float64]) -> str:
    return json.dumps([round(float(number), 6) for number in vector])


def upsert(db: Connection, *items: dict[str, Any]) -> None:
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))


def scalar(db: Connection, statement: str, *parameters: object) -> Any:
    row = db.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return row[0]


def waiting(db: Connection, model: str = "m", *, everything: bool = False) -> list[Any]:
    return db.execute("select * from jophiel._unembedded_items(%s, null, %s, 1000)", (model, everything)).fetchall()


def put(db: Connection, vectors: dict[int, NDArray[np.float64] | None], model: str = "m") -> int:
    rows = [row for row in waiting(db, model, everything=True) if row.item_id in vectors]
    given = [vectors[row.item_id] for row in rows]
    found = db.execute(
        "select jophiel._put_embeddings(%s, %s, %s, %s, %s) as changed",
        (
            model,
            [row.item_id for row in rows],
            [row.updated_at for row in rows],
            [row.text_sha256 for row in rows],
            [None if vector is None else text(vector) for vector in given],
        ),
    ).fetchone()
    assert found is not None
    return int(found.changed)


def fit(db: Connection, vectors: dict[int, NDArray[np.float64]], model: str = "m", count: int = 6) -> None:
    directions = np.linalg.svd(np.array(list(vectors.values())), full_matrices=False)[2][:count]
    db.execute("select jophiel._put_projection(%s, %s, %s)", (model, [text(row) for row in directions], len(vectors)))
    db.execute("call jophiel.revectorise()")


def offers(db: Connection) -> dict[int, NDArray[np.float64]]:
    rows = db.execute(
        "select item_id, subvector(offer, 1, 128)::vector::text as offer from jophiel.item_vectors"
    ).fetchall()
    return {row.item_id: np.array(json.loads(row.offer)) for row in rows}


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    """Sixty items without a word in common, embedded by the model m, with a projection of six directions."""
    upsert(db, *({"item_id": n, "title": f"Word{n}"} for n in NEAR))
    put(db, dict(NEAR))
    fit(db, NEAR)
    return db


def test_waits_until_it_is_embedded_and_when_it_was_changed(db: Connection) -> None:
    upsert(
        db, {"item_id": 1, "title": "One", "tags": ["a", "b"], "category": "x|y", "description": "Two."}, {"item_id": 2}
    )
    rows = waiting(db)
    assert [(row.item_id, row.words, row.is_known) for row in rows] == [
        (1, "One. x, y. a, b. Two.", False),
        (2, "", False),
    ]
    put(db, {1: NEAR[1], 2: None})
    assert waiting(db) == []
    assert [row.is_known for row in waiting(db, everything=True)] == [True, True]
    assert len(waiting(db, "another")) == 2

    upsert(db, {"item_id": 1, "title": "One", "tags": ["a", "b"], "category": "x|y", "description": "Two.", "bpm": 3})
    assert [(row.item_id, row.is_known) for row in waiting(db)] == [(1, True)], "the text is the same"
    assert put(db, {1: None}) == 0, "and keeps its embedding"
    assert waiting(db) == []
    kept = db.execute("select embedding is not null as kept from jophiel.item_embeddings where item_id = 1").fetchone()
    assert kept is not None
    assert kept.kept
    upsert(db, {"item_id": 1, "title": "Three"})
    assert [(row.words, row.is_known) for row in waiting(db)] == [("Three", False)]
    db.execute("select jophiel.delete_item(1)")
    assert waiting(db) == []


def test_the_fields_are_a_setting(db: Connection) -> None:
    db.execute(
        'update jophiel.settings set value = \'["audio.mood", "title", "none"]\' where name = \'embedding_fields\''
    )
    upsert(db, {"item_id": 1, "title": "One", "tags": ["a"], "audio": {"mood": ["sad", "slow", {"not": "this"}]}})
    assert [row.words for row in waiting(db)] == ["sad, slow. One"]


def test_vectors_are_as_near_as_the_embeddings(catalogue: Connection) -> None:
    found = offers(catalogue)
    features = catalogue.execute("select feature, weight from jophiel.features where kind = 'embedding'").fetchall()
    assert [tuple(row) for row in features] == [("text_embedding", 1.0)]
    unit = {n: vector / np.linalg.norm(vector) for n, vector in NEAR.items()}
    pairs = [(a, b) for a in NEAR for b in NEAR if a < b]
    kept = np.array([found[a] @ found[b] for a, b in pairs])
    true = np.array([unit[a] @ unit[b] for a, b in pairs])
    assert np.corrcoef(kept, true)[0, 1] > 0.98
    assert all(np.linalg.norm(vector) == pytest.approx(1, abs=2e-3) for vector in found.values())


def test_weights_are_rows_of_the_schema(catalogue: Connection) -> None:
    before = offers(catalogue)
    catalogue.execute("update jophiel.features set weight = 0.01 where kind = 'embedding'")
    catalogue.execute("call jophiel.revectorise()")
    after = offers(catalogue)
    assert before[1] @ before[7] > 0.5
    assert abs(after[1] @ after[7]) < 0.1, "words alone have nothing in common"


def test_a_new_item_is_in_the_space_at_once(catalogue: Connection) -> None:
    upsert(catalogue, {"item_id": 99, "title": "Word99"})
    assert offers(catalogue)[99] @ offers(catalogue)[6] < 0.2
    assert put(catalogue, {99: SUBJECTS[0]}) == 1
    assert offers(catalogue)[99] @ offers(catalogue)[6] > 0.5
    upsert(catalogue, {"item_id": 99, "title": "Word99", "bpm": 2})
    assert offers(catalogue)[99] @ offers(catalogue)[6] > 0.5, "a change of the item keeps it"


def test_another_model_takes_over_at_once_or_not_at_all(catalogue: Connection) -> None:
    """Its embeddings are stored beside the others; vectors are of the first model until the new version is active."""
    before = offers(catalogue)
    turned = {n: np.roll(vector, 7)[:50] for n, vector in NEAR.items()}
    put(catalogue, dict(turned), "n")
    assert all(np.array_equal(offers(catalogue)[n], before[n]) for n in NEAR)
    directions = np.linalg.svd(np.array(list(turned.values())), full_matrices=False)[2][:6]
    catalogue.execute("select jophiel._put_projection('n', %s, 60)", ([text(row) for row in directions],))
    stale = catalogue.execute("select jophiel.feature_schema_is_stale(), jophiel._embedding_model()").fetchone()
    assert stale == (True, "m")
    upsert(catalogue, {"item_id": 1, "title": "Changed"})
    put(catalogue, {1: NEAR[7]}, "m")
    assert offers(catalogue)[1] @ before[7] > 0.6, "still in the coordinates of the first one"
    catalogue.execute("call jophiel.revectorise()")
    assert catalogue.execute("select jophiel._embedding_model()").fetchone() == ("n",)
    after = offers(catalogue)
    assert after[2] @ after[8] > 0.5
    fit(catalogue, turned, "n")
    left = catalogue.execute("select distinct model from jophiel.item_embeddings").fetchall()
    assert {row.model for row in left} == {"m", "n"}, "what was paid for stays"
    assert catalogue.execute("select count(distinct projection) from jophiel.projections").fetchone() == (2,)


def test_an_embedding_of_another_length_is_refused_until_the_others_are_forgotten(catalogue: Connection) -> None:
    before = offers(catalogue)
    for wrong in ({1: np.ones(3)}, {1: NEAR[1], 2: np.ones(3)}):
        with pytest.raises(psycopg.DatabaseError, match=r"makes vectors of 3 numbers, and those.*have 100") as caught:
            put(catalogue, dict(wrong))
        assert caught.value.sqlstate == "JO011"
    with pytest.raises(psycopg.DatabaseError, match=r"of 2 numbers, and those.*have 3"):
        put(catalogue, {1: np.ones(3), 2: np.ones(2)}, "new")
    assert len(waiting(catalogue)) == 0
    assert scalar(catalogue, "select jophiel._forget_embeddings('m', 100)") == 0
    assert scalar(catalogue, "select jophiel._forget_embeddings('m', 3)") == 60
    assert all(np.array_equal(offers(catalogue)[n], before[n]) for n in NEAR)
    assert len(waiting(catalogue)) == 60
    short = {n: vector[:50] for n, vector in NEAR.items()}
    put(catalogue, dict(short))
    assert offers(catalogue)[1] @ offers(catalogue)[7] < 0.2, "unknown along the directions of the other length"
    assert scalar(catalogue, "select jophiel._projection_is_due('m')")
    fit(catalogue, short)
    assert not scalar(catalogue, "select jophiel._projection_is_due('m')")
    assert offers(catalogue)[1] @ offers(catalogue)[7] > 0.5


def test_the_length_of_a_new_model_is_found_without_reading_the_others(catalogue: Connection) -> None:
    catalogue.execute("set enable_seqscan = off; set enable_sort = off")
    plan = catalogue.execute(
        "explain select vector_dims(e.embedding) from jophiel.item_embeddings as e "
        "where e.model = 'm' and e.embedding is not null order by e.item_id limit 1"
    ).fetchall()
    assert any("Index Scan using item_embeddings_pkey" in row[0] for row in plan)
    assert scalar(catalogue, "select jophiel._embedding_length('m')") == 100
    assert scalar(catalogue, "select jophiel._embedding_length('none')") is None


def test_an_embedding_that_arrives_while_a_version_is_made_is_in_it(catalogue: Connection) -> None:
    turned = {n: np.roll(vector, 7)[:50] for n, vector in NEAR.items()}
    late = turned.pop(1)
    put(catalogue, dict(turned), "n")
    directions = np.linalg.svd(np.array(list(turned.values())), full_matrices=False)[2][:6]
    catalogue.execute("select jophiel._put_projection('n', %s, 60)", ([text(row) for row in directions],))
    catalogue.execute("select jophiel._begin_schema_version()")
    while scalar(catalogue, "select jophiel._stage_vectors(1000)"):
        pass
    put(catalogue, {1: late}, "n")
    catalogue.execute("call jophiel.revectorise()")
    assert offers(catalogue)[1] @ offers(catalogue)[7] > 0.5


def test_fewer_coordinates_take_the_leading_directions_and_more_want_new_ones(catalogue: Connection) -> None:
    def used() -> list[int]:
        catalogue.execute("call jophiel.revectorise()")
        found = np.array([vector for _, vector in sorted(offers(catalogue).items())])
        return [n for n in range(128) if np.abs(found[:, n]).max() > 1e-3]

    def length(number: int) -> None:
        catalogue.execute(
            "update jophiel.settings set value = to_jsonb(%s) where name = 'embedding_dimensions'", (number,)
        )

    # Words have coordinates too, and are not what this looks at.
    catalogue.execute("delete from jophiel.features where kind <> 'embedding'")
    assert used() == list(range(32, 38)), "six directions, of 64 places"
    length(4)
    assert not scalar(catalogue, "select jophiel._projection_is_due('m')")
    upsert(catalogue, {"item_id": 61, "title": "Word61"})
    put(catalogue, {61: NEAR[1]})
    assert used() == list(range(92, 96)), "not beyond what the version has for them"
    before = offers(catalogue)
    length(64)
    upsert(catalogue, {"item_id": 1, "title": "Word1", "bpm": 3})
    assert offers(catalogue)[1] @ before[1] > 0.99, "a version keeps the length it was made with"
    assert scalar(catalogue, "select jophiel._projection_is_due('m')")
    fit(catalogue, NEAR)
    assert not scalar(catalogue, "select jophiel._projection_is_due('m')")
    assert used() == list(range(32, 38))


def test_a_projection_is_due_with_the_first_and_with_twice_as_many(db: Connection) -> None:
    def due() -> bool:
        row = db.execute("select jophiel._projection_is_due('m')").fetchone()
        assert row is not None
        return bool(row[0])

    upsert(db, *({"item_id": n, "title": f"Word{n}"} for n in range(1, 5)))
    assert not due()
    put(db, {n: NEAR[n] for n in (1, 2)})
    assert due()
    fit(db, {n: NEAR[n] for n in (1, 2)}, count=2)
    assert not due()
    put(db, {3: NEAR[3]})
    assert not due()
    put(db, {4: NEAR[4]})
    assert due()


def test_who_takes_the_feature_out_is_not_given_it_again(catalogue: Connection) -> None:
    catalogue.execute("delete from jophiel.features where kind = 'embedding'")
    fit(catalogue, NEAR)
    assert catalogue.execute("select count(*) from jophiel.features where kind = 'embedding'").fetchone() == (0,)
    assert catalogue.execute("select jophiel._embedding_model()").fetchone() == (None,)


def test_a_wish_means_something(catalogue: Connection) -> None:
    def nearest(words: str, subject: int | None) -> set[int]:
        given = None if subject is None else [float(number) for number in SUBJECTS[subject]]
        rows = catalogue.execute(
            "select v.item_id from jophiel.item_vectors as v, jophiel.query_vector(%s, %s::real[]) as q (vector) "
            "order by subvector(v.offer, 1, 128) <#> q.vector limit 11",
            (words, given),
        ).fetchall()
        return {row.item_id for row in rows}

    assert {n for n in NEAR if n % 6 == 2} < nearest("unknown words", 2)
    given = [float(number) for number in SUBJECTS[2]]
    likeness = [
        scalar(
            catalogue,
            "select -(subvector(offer, 1, 128) <#> jophiel.query_vector(%s, %s::real[])) "
            "from jophiel.item_vectors where item_id = 5",
            words,
            given,
        )
        for words in ("unknown", "word5")
    ]
    # Both parts of the item and of the wish weigh 0.3 and 1: the word adds 0.3 * 0.3 to what the length is 1.09 of.
    assert likeness[1] == pytest.approx((likeness[0] * 1.09**0.5 + 0.09 / 1.09**0.5) / 1.09**0.5, abs=0.02)
    with pytest.raises(psycopg.DatabaseError) as caught:
        catalogue.execute("select jophiel.query_vector('a', array[1, 2]::real[])")
    assert caught.value.sqlstate == "JO011"
    catalogue.execute("select count(*) from jophiel.upsert_users('[{\"user_id\": 1}]')")
    options = {"query_text": "unknown", "query_embedding": SUBJECTS[3].tolist(), "query_weight": 4}
    rows = catalogue.execute("select * from jophiel.recommend(1, %s, p_limit => 8)", (json.dumps(options),)).fetchall()
    assert {row.item_id % 6 for row in rows} == {3}
    for row in rows:
        assert sum(reason["contribution"] for reason in row.reasons) == pytest.approx(row.score, abs=1e-4)
    for wrong in (
        {"query_embedding": [1]},
        {"query_text": "a", "query_embedding": ["x"]},
        {"query_text": "a", "query_embedding": [1]},
    ):
        with pytest.raises(psycopg.DatabaseError) as caught:
            catalogue.execute("select * from jophiel.recommend(1, %s)", (json.dumps(wrong),))
        assert caught.value.sqlstate == "JO011"


def test_what_the_server_made_and_does_not_fit_leaves_the_words(catalogue: Connection) -> None:
    catalogue.execute("select count(*) from jophiel.upsert_users('[{\"user_id\": 1}]')")

    def feed(**more: Any) -> list[tuple[int, float]]:
        options = json.dumps({"query_text": "word5", "query_weight": 4, **more})
        rows = catalogue.execute("select * from jophiel.recommend(1, %s, p_limit => 8)", (options,)).fetchall()
        return [(row.item_id, round(row.score, 4)) for row in rows]

    vector = SUBJECTS[3].tolist()
    words = feed()
    assert feed(query_embedding=[1, 2], query_model="m") == words
    assert feed(query_embedding=vector, query_model="n") == words
    assert feed(query_embedding=vector, query_model="m") == feed(query_embedding=vector) != words
    assert feed(query_embedding=[*vector[:99], 1e-60], query_model="m") != words
    for wrong in ({"query_model": "m"}, {"query_embedding": vector, "query_model": 3}):
        with pytest.raises(psycopg.DatabaseError) as caught:
            feed(**wrong)
        assert caught.value.sqlstate == "JO001"


@pytest.mark.parametrize(
    "options",
    [{"query_text": "a", "query_weight": 1e-60}, {"cf_weight": 1e-320}, {"weights": {"popularity": 1e-50}}],
)
def test_weights_that_are_nothing_are_refused(catalogue: Connection, options: dict[str, Any]) -> None:
    catalogue.execute("select count(*) from jophiel.upsert_users('[{\"user_id\": 1}]')")
    with pytest.raises(psycopg.DatabaseError) as caught:
        catalogue.execute("select * from jophiel.recommend(1, %s)", (json.dumps(options),))
    assert caught.value.sqlstate == "JO001"
    text_ = json.dumps(options).replace("1e-60", "0.0").replace("1e-320", "0").replace("1e-50", "1e-20")
    assert catalogue.execute("select * from jophiel.recommend(1, %s)", (text_,)).fetchall()


def test_what_an_application_brings_itself_needs_no_projection(db: Connection) -> None:
    """A count sketch into coordinates of its own: no term is in its way."""
    db.execute(
        "select jophiel.set_features(%s)",
        (json.dumps([{"feature": "image", "kind": "embedding"}, {"feature": "tags", "kind": "tags"}]),),
    )
    upsert(db, *({"item_id": n, "image": NEAR[n].tolist(), "tags": [f"t{n % 5}"]} for n in NEAR))
    db.execute("call jophiel.revectorise()")
    frozen = db.execute(
        "select f.coordinate, f.length from jophiel.feature_schemas as s, jophiel._schema_features(s.features) as f "
        "where s.is_active and f.kind = 'embedding'"
    ).fetchone()
    assert frozen == (33, 64)
    own = db.execute("select max(coordinate) from jophiel.terms").fetchone()
    assert own is not None
    assert own[0] <= 32
    found = offers(db)
    alike = [found[a] @ found[b] for a in NEAR for b in NEAR if a < b and a % 6 == b % 6]
    other = [found[a] @ found[b] for a in NEAR for b in NEAR if a < b and a % 6 != b % 6 and a % 5 != b % 5]
    assert np.mean(alike) > np.mean(other) + 0.3
