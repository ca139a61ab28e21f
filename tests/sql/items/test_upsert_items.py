from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.items.catalogue import AUDIO, contents, plan, scalar, set_features, upsert

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


def test_outcomes(db: Connection) -> None:
    item = {"item_id": 1, "title": "One", "tags": ["a", "b"], "creator_id": 7, "bpm": 120}
    assert upsert(db, item) == [(1, "created")]
    assert upsert(db, item) == [(1, "unchanged")]
    assert upsert(db, {"item_id": 2}, item | {"title": "Two"}) == [(2, "created"), (1, "updated")]


def test_nothing_given_nothing_done(db: Connection) -> None:
    assert upsert(db) == []


def test_unknown_fields_become_metadata_and_nulls_are_absent(db: Connection) -> None:
    upsert(
        db, {"item_id": 1, "bpm": 120, "title": None, "tags": None, "metadata": {"key": "C", "bpm": 90}, "domain": None}
    )
    row = db.execute("select metadata, title, tags, domain from jophiel.items").fetchone()
    assert row == ({"bpm": 90, "key": "C"}, "", [], "default")


def test_a_replacement_is_whole_but_keeps_created_at(db: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-01-01T00:00:00Z")
    upsert(db, {"item_id": 1, "title": "One", "bpm": 120, "created_at": "2025-05-05T00:00:00Z"}, {"item_id": 2})
    freeze("2026-02-01T00:00:00Z")
    upsert(db, {"item_id": 1, "tags": ["a"]}, {"item_id": 2, "title": "Two"})
    rows = db.execute(
        "select title, metadata, tags, created_at::date::text, updated_at::date::text"
        " from jophiel.items order by item_id"
    ).fetchall()
    assert rows == [
        ("", {}, ["a"], "2025-05-05", "2026-02-01"),
        ("Two", {}, [], "2026-01-01", "2026-02-01"),
    ]


def test_times_are_iso_or_unix_seconds(db: Connection) -> None:
    upsert(db, {"item_id": 1, "created_at": 1767225600}, {"item_id": 2, "created_at": "2026-01-01T01:00:00+01:00"})
    assert scalar(db, "select count(distinct created_at) from jophiel.items") == 1
    assert scalar(db, "select min(created_epoch) from jophiel.item_vectors") == 1767225600


def test_text_keys_are_registered(db: Connection) -> None:
    [(item_id, _)] = upsert(db, {"item_id": "3f2c-a", "creator_id": "ana"})
    assert item_id < 0
    assert scalar(db, "select jophiel.external_key('item', %s)", (item_id,)) == "3f2c-a"
    assert scalar(db, "select jophiel.external_key('user', creator_id) from jophiel.items") == "ana"


def test_keys_that_meet_in_one_hash(db: Connection) -> None:
    db.execute("insert into jophiel.keys (kind, id, key) values ('item', jophiel.key_id('a'), 'another')")
    with pytest.raises(psycopg.Error) as caught:
        upsert(db, {"item_id": "a"})
    assert caught.value.sqlstate == "JO013"
    assert scalar(db, "select count(*) from jophiel.items") == 0


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({}, "item_id"),
        ({"item_id": ""}, "item_id"),
        ({"item_id": 1.5}, "item_id"),
        ({"item_id": []}, "item_id"),
        ({"item_id": 1}, "given twice"),
        ({"item_id": 2, "title": 3}, "title"),
        ({"item_id": 2, "description": []}, "description"),
        ({"item_id": 2, "tags": "a|b"}, "tags must be an array"),
        ({"item_id": 2, "tags": [["a"]]}, "tag"),
        ({"item_id": 2, "tags": ["a" * 501]}, "tag"),
        ({"item_id": 2, "creator_id": ""}, "creator_id"),
        ({"item_id": 2, "domain": " "}, "domain"),
        ({"item_id": 2, "domain": 4}, "domain"),
        ({"item_id": 2, "created_at": "NaN"}, "created_at"),
        ({"item_id": 2, "created_at": "infinity"}, "created_at"),
        ({"item_id": 2, "created_at": "tomorrow"}, "created_at"),
        ({"item_id": 2, "metadata": [1]}, "metadata"),
        (7, "is not an object"),
    ],
)
def test_a_bad_row_is_named_and_nothing_written(db: Connection, item: object, reason: str) -> None:
    with pytest.raises(psycopg.Error, match=f"row 2 of the items: .*{reason}") as caught:
        upsert(db, {"item_id": 1}, item)
    assert caught.value.sqlstate == "JO010"
    assert caught.value.diag.message_hint
    assert scalar(db, "select count(*) from jophiel.items") == 0


def test_not_an_array(db: Connection) -> None:
    for rows in ("{}", "null", "3"):
        with pytest.raises(psycopg.Error) as caught:
            db.execute("select * from jophiel.upsert_items(%s)", (rows,))
        assert caught.value.sqlstate == "JO010"


def test_hostile_sizes(db: Connection) -> None:
    """Long words and texts would not fit an index row or a tsvector; they are cut, not refused."""
    upsert(db, {"item_id": 1, "title": "w" * 5000, "description": "word " * 300000, "tags": ["t" * 500]})
    db.execute("call jophiel.revectorise()")
    assert scalar(db, "select max(length(term)) from jophiel.terms") == 100


def test_search_is_folded_and_weighted(db: Connection) -> None:
    upsert(db, {"item_id": 1, "title": "Guitarra Melancólica", "description": "Añejo", "tags": ["Élan"]})
    found = "select search @@ to_tsquery('simple', %s) from jophiel.items"
    for query in ("guitarra:a", "melancolica:a", "elan:b", "anejo:c"):
        assert scalar(db, found, (query,)), query
    assert not scalar(db, found, ("anejo:a",))


def test_a_deleted_item_given_again_is_created_again(db: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-01-01T00:00:00Z")
    upsert(db, {"item_id": 1, "title": "One"})
    db.execute("select jophiel.delete_item(1)")
    freeze("2026-02-01T00:00:00Z")
    assert upsert(db, {"item_id": 1, "title": "One"}) == [(1, "created")]
    row = db.execute("select deleted_at, created_at::date::text as day from jophiel.items").fetchone()
    assert row == (None, "2026-02-01")
    assert scalar(db, "select count(*) from jophiel.item_vectors") == 1


def test_vectors_are_there_at_once(db: Connection) -> None:
    set_features(db, *AUDIO)
    upsert(db, {"item_id": 1, "tags": ["a"]}, {"item_id": 2, "tags": ["b"]})
    db.execute("call jophiel.revectorise()")
    upsert(db, {"item_id": 3, "tags": ["A"], "creator_id": 9, "domain": "films"})
    assert contents(db)[3] == contents(db)[1] == contents(db, "item_vectors", "offer")[3]
    row = db.execute("select creator_id, domain, cell from jophiel.item_vectors where item_id = 3").fetchone()
    assert row == (9, "films", 0)
    assert scalar(db, "select array_agg(item_id || stage) from jophiel.item_changes") == ["3match"]


def test_a_changed_signal_makes_tastes_stale(db: Connection) -> None:
    set_features(db, *AUDIO)
    upsert(db, {"item_id": 1, "tags": ["a"]}, {"item_id": 2, "tags": ["b"]})
    db.execute("call jophiel.revectorise()")
    db.execute(
        "select jophiel.record_interactions("
        """'[{"user_id": 5, "item_id": 1, "type": "like"}, {"user_id": 6, "item_id": 2, "type": "like"}]')"""
    )
    db.execute("update jophiel.tastes set stale_since = null")
    before = dict(db.execute("select user_id, version from jophiel.tastes").fetchall())

    upsert(db, {"item_id": 1, "tags": ["a"], "colour": "red"})
    assert dict(db.execute("select user_id, version from jophiel.tastes").fetchall()) == before

    upsert(db, {"item_id": 1, "tags": ["b"]})
    rows = db.execute(
        "select user_id, version, stale_since is not null from jophiel.tastes order by user_id"
    ).fetchall()
    assert rows == [(5, before[5] + 1, True), (6, before[6], False)]


def test_collaborative_blocks_survive(db: Connection) -> None:
    upsert(db, {"item_id": 1, "tags": ["a"]})
    block = (str([0.5] * 64),)
    db.execute("update jophiel.item_signals set signal = public.subvector(signal, 1, 128) || %s::public.halfvec", block)
    db.execute("update jophiel.item_vectors set offer = public.subvector(offer, 1, 128) || %s::public.halfvec", block)
    for change in (lambda: upsert(db, {"item_id": 1, "tags": ["b"]}), lambda: db.execute("call jophiel.revectorise()")):
        change()
        assert scalar(db, "select public.l2_norm(public.subvector(signal, 129, 64)) from jophiel.item_signals") == 4
        assert scalar(db, "select public.l2_norm(public.subvector(offer, 129, 64)) from jophiel.item_vectors") == 4


def test_one_item_in_two_ways(db: Connection) -> None:
    assert scalar(db, "select jophiel.upsert_item(1, 'One', array['a'], '{\"bpm\": 3}', 7)") == "created"
    assert scalar(db, "select jophiel.upsert_item('1', 'One', array['a'], '{\"bpm\": 3}', '7')") == "unchanged"
    assert scalar(db, "select jophiel.upsert_item('a-1')") == "created"
    with pytest.raises(psycopg.Error) as caught:
        db.execute("select jophiel.upsert_item(null::bigint)")
    assert caught.value.sqlstate == "JO010"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("select item_id from jophiel.items where tags @> array['guitar']", "items_tags_idx"),
        ("""select item_id from jophiel.items where metadata @> '{"tipo": "loop"}'""", "items_metadata_idx"),
        ("select item_id from jophiel.items where search @@ to_tsquery('simple', 'guitar')", "items_search_idx"),
    ],
)
def test_indexes_serve_their_queries(db: Connection, query: str, index: str) -> None:
    upsert(db, *({"item_id": n, "tags": [f"t{n}"], "tipo": n, "title": f"w{n}"} for n in range(500)))
    db.execute("analyze jophiel.items")
    assert index in plan(db, query)


def test_two_writers_of_the_same_items_do_not_deadlock(db: Connection, database_url: str) -> None:
    upsert(db, {"item_id": 1}, {"item_id": 2})
    with psycopg.connect(database_url) as other:
        other.execute("""select jophiel.upsert_items('[{"item_id": 2, "title": "b"}, {"item_id": 1, "title": "b"}]')""")
        db.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            upsert(db, {"item_id": 1, "title": "c"}, {"item_id": 2, "title": "c"})
        other.commit()
    assert upsert(db, {"item_id": 1, "title": "c"}, {"item_id": 2, "title": "b"}) == [(1, "updated"), (2, "unchanged")]
