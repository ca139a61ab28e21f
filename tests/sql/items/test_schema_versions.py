from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.items.catalogue import AUDIO, contents, scalar, set_features, upsert, vectorise

Connection = psycopg.Connection[Any]

ITEMS = [{"item_id": n, "tags": [f"t{n % 5}", f"rare{n}"], "bpm": 60 + n} for n in range(1, 41)]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    """Forty items in the vectors of the tags alone; the schema in the table has the tempo, too."""
    set_features(db, {"feature": "tags", "kind": "tags"})
    upsert(db, *ITEMS)
    db.execute("call jophiel.revectorise()")
    set_features(db, *AUDIO)
    return db


def build(db: Connection) -> None:
    """The three steps of a batch."""
    db.execute("select jophiel._begin_schema_version()")
    while scalar(db, "select jophiel._stage_vectors(7)"):
        pass
    db.execute("select jophiel._activate_schema_version()")


def test_first_filled(db: Connection) -> None:
    assert not scalar(db, "select jophiel.feature_schema_is_stale()")
    upsert(db, {"item_id": 1, "tags": ["a"]})
    assert any(contents(db)[1][96:]), "without a vocabulary every term is in the tail"
    assert scalar(db, "select jophiel.feature_schema_is_stale()")
    db.execute("call jophiel.revectorise()")
    assert any(contents(db)[1][:96])
    assert not scalar(db, "select jophiel.feature_schema_is_stale()")


def test_an_empty_catalogue(db: Connection) -> None:
    db.execute("call jophiel.revectorise()")
    assert not scalar(db, "select jophiel.feature_schema_is_stale()")
    assert scalar(db, "select jophiel._stage_vectors(10)") == 0
    assert scalar(db, "select jophiel._activate_schema_version()") == 0


def test_stale_when_doubled_or_changed(catalogue: Connection) -> None:
    assert scalar(catalogue, "select jophiel.feature_schema_is_stale()")
    catalogue.execute("call jophiel.revectorise()")
    assert not scalar(catalogue, "select jophiel.feature_schema_is_stale()")
    upsert(catalogue, *({"item_id": n} for n in range(41, 80)))
    assert not scalar(catalogue, "select jophiel.feature_schema_is_stale()")
    upsert(catalogue, {"item_id": 80})
    assert scalar(catalogue, "select jophiel.feature_schema_is_stale()")


def test_old_vectors_serve_until_the_new_ones_are_all_there(catalogue: Connection) -> None:
    old = contents(catalogue)
    catalogue.execute("select jophiel._begin_schema_version()")
    assert scalar(catalogue, "select jophiel._stage_vectors(25)") == 25
    assert contents(catalogue) == old
    upsert(catalogue, {"item_id": 99, "tags": ["t1"], "bpm": 90})
    assert not any(contents(catalogue)[99][96:]), "in the coordinates that are in use"

    assert scalar(catalogue, "select jophiel._stage_vectors(25)") == 16
    assert scalar(catalogue, "select jophiel._stage_vectors(25)") == 0
    assert scalar(catalogue, "select jophiel._activate_schema_version()") == 41
    new = contents(catalogue)
    assert new == contents(catalogue, "item_vectors", "offer")
    assert new[40] == pytest.approx(vectorise(catalogue, ITEMS[39]), abs=1e-3)
    assert scalar(catalogue, "select count(distinct version) from jophiel.item_signals") == 1
    assert scalar(catalogue, "select count(distinct version) from jophiel.terms") == 1
    assert scalar(catalogue, "select count(*) from jophiel.staged_vectors") == 0


def test_the_same_by_steps_as_at_once(catalogue: Connection) -> None:
    build(catalogue)
    by_steps = contents(catalogue)
    catalogue.execute("call jophiel.revectorise()")
    assert contents(catalogue) == by_steps


def test_an_interrupted_build_goes_on(catalogue: Connection) -> None:
    version = scalar(catalogue, "select jophiel._begin_schema_version()")
    catalogue.execute("select jophiel._stage_vectors(25)")
    with catalogue.transaction(force_rollback=True):  # killed in its second chunk
        catalogue.execute("select jophiel._stage_vectors(10)")
    assert scalar(catalogue, "select jophiel._begin_schema_version()") == version
    assert scalar(catalogue, "select count(*) from jophiel.staged_vectors") == 25
    catalogue.execute("call jophiel.revectorise()")
    assert scalar(catalogue, "select version from jophiel.feature_schemas where is_active") == version
    assert contents(catalogue)[40] == vectorise(catalogue, ITEMS[39])


def test_a_build_of_other_features_is_dropped(catalogue: Connection) -> None:
    catalogue.execute("select jophiel._begin_schema_version()")
    catalogue.execute("select jophiel._stage_vectors(25)")
    set_features(catalogue, {"feature": "bpm", "kind": "number", "min_value": 0, "max_value": 100})
    catalogue.execute("select jophiel._begin_schema_version()")
    assert scalar(catalogue, "select count(*) from jophiel.staged_vectors") == 0
    catalogue.execute("call jophiel.revectorise()")
    assert not any(contents(catalogue)[1][2:])


def test_what_changes_meanwhile_is_staged_again(catalogue: Connection) -> None:
    catalogue.execute("select jophiel._begin_schema_version()")
    while scalar(catalogue, "select jophiel._stage_vectors(25)"):
        pass
    upsert(catalogue, ITEMS[0] | {"bpm": 200})
    catalogue.execute("select jophiel.delete_item(2)")
    assert scalar(catalogue, "select jophiel._stage_vectors(25)") == 1
    upsert(catalogue, ITEMS[2] | {"bpm": 200})
    catalogue.execute("select jophiel._activate_schema_version()")
    assert contents(catalogue)[1] == vectorise(catalogue, ITEMS[0] | {"bpm": 200})
    assert contents(catalogue)[3] == vectorise(catalogue, ITEMS[2] | {"bpm": 200})
    assert 2 in contents(catalogue), "what a deleted item taught moves into the new coordinates, too"
    assert 2 not in contents(catalogue, "item_vectors", "offer")


def test_what_is_imported_meanwhile_is_staged_again(catalogue: Connection) -> None:
    catalogue.execute("select jophiel._begin_schema_version()")
    catalogue.execute("select jophiel._stage_vectors(100)")
    with catalogue.transaction():
        catalogue.execute("select jophiel._create_import_staging()")
        catalogue.execute("insert into staged_items (line, item_id, tags) values (1, '1', '{t2}'), (2, '99', '{t2}')")
        assert scalar(catalogue, "select jophiel._import_items()") == 2
    assert scalar(catalogue, "select count(*) from jophiel.staged_vectors") == 39
    catalogue.execute("select jophiel._activate_schema_version()")
    new = contents(catalogue, "item_vectors", "offer")
    assert new[1] == new[99] == vectorise(catalogue, {"tags": ["t2"]})


def test_what_an_import_changed_is_in_the_vectors_after_a_switch(catalogue: Connection) -> None:
    catalogue.execute("select jophiel.build_cells('default')")
    with catalogue.transaction():
        catalogue.execute("select jophiel._create_import_staging()")
        catalogue.execute(
            "insert into staged_items (line, item_id, creator_id, domain, created_at)"
            " values (1, '1', '99', 'books', '2020-01-01T00:00:00Z'), (2, '2', '98', 'default', '2021-01-01T00:00:00Z')"
        )
        catalogue.execute("select jophiel._import_items()")
    build(catalogue)
    rows = catalogue.execute(
        "select h.item_id, h.creator_id, h.domain, to_timestamp(h.created_epoch) = i.created_at as is_dated,"
        " h.cell = 0 as is_free"
        " from jophiel.item_vectors as h join jophiel.items as i on i.item_id = h.item_id"
        " where h.item_id < 3 order by h.item_id"
    ).fetchall()
    assert rows == [(1, 99, "books", True, True), (2, 98, "default", True, False)]


def test_an_item_that_is_being_written_waits_for_its_turn(catalogue: Connection, database_url: str) -> None:
    catalogue.execute("select jophiel._begin_schema_version()")
    with psycopg.connect(database_url) as writer:
        upsert(writer, ITEMS[0] | {"bpm": 200})
        assert scalar(catalogue, "select jophiel._stage_vectors(100)") == 39
        assert scalar(catalogue, "select jophiel._stage_vectors(100)") == 0
        writer.commit()
    assert scalar(catalogue, "select jophiel._stage_vectors(100)") == 1
    catalogue.execute("select jophiel._activate_schema_version()")
    assert contents(catalogue)[1] == vectorise(catalogue, ITEMS[0] | {"bpm": 200})


def test_activation_waits_for_writers_of_old_vectors(catalogue: Connection, database_url: str) -> None:
    catalogue.execute("select jophiel._begin_schema_version()")
    with psycopg.connect(database_url) as writer:
        upsert(writer, {"item_id": 99, "tags": ["t1"]})
        catalogue.execute("set lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            catalogue.execute("select jophiel._activate_schema_version()")
        writer.commit()
    catalogue.execute("select jophiel._activate_schema_version()")
    assert contents(catalogue)[99] == vectorise(catalogue, {"tags": ["t1"]})


def test_activation_makes_tastes_feeds_and_answers_stale(catalogue: Connection) -> None:
    catalogue.execute("""select jophiel.record_interactions('[{"user_id": 5, "item_id": 1, "type": "like"}]')""")
    catalogue.execute(
        "insert into jophiel.recommendation_cache (kind, subject_id, query, item_ids, scores, created_at)"
        " select 'similar', 1, signal, '{2}', '{1}', now() from jophiel.item_signals where item_id = 1"
    )
    version, content_version = catalogue.execute(
        "select t.version, d.content_version from jophiel.tastes as t, jophiel.feed_definitions as d"
    ).fetchone() or (0, 0)
    build(catalogue)
    row = catalogue.execute(
        "select t.version, t.stale_since is not null, d.content_version"
        " from jophiel.tastes as t, jophiel.feed_definitions as d"
    ).fetchone()
    assert row == (version + 1, True, content_version + 1)
    assert scalar(catalogue, "select count(*) from jophiel.recommendation_cache") == 0
    assert scalar(catalogue, "select count(*) from jophiel.item_changes") == 0


def test_cells_keep_their_items_and_move_their_centres(catalogue: Connection) -> None:
    catalogue.execute("select jophiel.build_cells('default')")
    before = dict(catalogue.execute("select item_id, cell from jophiel.item_vectors").fetchall())
    build(catalogue)
    assert dict(catalogue.execute("select item_id, cell from jophiel.item_vectors").fetchall()) == before
    worst = scalar(
        catalogue,
        "select max(public.l2_distance(c.centre, m.centre)) from jophiel.cells as c join (select h.cell,"
        " public.l2_normalize(public.avg(h.offer::public.vector))::public.halfvec as centre"
        " from jophiel.item_vectors as h group by h.cell) as m on m.cell = c.cell",
    )
    assert worst < 1e-3


def test_imported_items_get_their_vectors(catalogue: Connection) -> None:
    catalogue.execute("call jophiel.revectorise()")
    catalogue.execute("delete from jophiel.item_changes")
    catalogue.execute(
        "insert into jophiel.items (item_id, tags, created_at, updated_at)"
        " select n, '{t1}', now(), now() from generate_series(101, 110) as n"
    )
    catalogue.execute(
        "insert into jophiel.item_changes (item_id, stage, changed_at)"
        " select n, 'vectorise', now() from generate_series(101, 110) as n"
    )
    assert scalar(catalogue, "select jophiel._vectorise_pending(7)") == 7
    assert scalar(catalogue, "select jophiel._vectorise_pending(7)") == 3
    assert scalar(catalogue, "select jophiel._vectorise_pending(7)") == 0
    assert contents(catalogue, "item_vectors", "offer")[110] == vectorise(catalogue, {"tags": ["t1"]})
    assert scalar(catalogue, "select array_agg(distinct stage) from jophiel.item_changes") == ["match"]


@pytest.mark.parametrize("chunk", ["0", "null", "-1", "100001"])
def test_a_chunk_out_of_range(db: Connection, chunk: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute(f"call jophiel.revectorise({chunk})")
    assert caught.value.sqlstate == "JO001"


def test_the_vocabulary(db: Connection) -> None:
    set_features(
        db, {"feature": "tags", "kind": "tags"}, {"feature": "bpm", "kind": "number", "min_value": 0, "max_value": 9}
    )
    upsert(db, *({"item_id": n, "tags": ["all", f"own{n:03}"]} for n in range(200)), {"item_id": 999, "tags": ["gone"]})
    db.execute("select jophiel.delete_item(999)")
    db.execute("call jophiel.revectorise()")
    rows = db.execute("select term, item_count, coordinate from jophiel.terms order by coordinate, term").fetchall()
    assert len(rows) == 201
    assert rows[:3] == [("all", 200, 3), ("own000", 1, 4), ("own001", 1, 5)]
    assert rows[93].coordinate == 96
    assert rows[94].coordinate is None
