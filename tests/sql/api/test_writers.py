"""Answers on demand after what an application really does: no function but the public ones."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]


def put(db: Connection, item_id: str, *tags: str) -> None:
    item = {"item_id": item_id, "title": item_id, "tags": tags, "metadata": {"kind": "loop"}}
    db.execute("select jophiel.upsert_items(%s)", (json.dumps([item]),))


def similar(db: Connection, item_id: str) -> set[str]:
    rows = db.execute(
        "select jophiel.external_key('item', s.item_id) from jophiel.similar_items(%s::text) as s", (item_id,)
    )
    return {row[0] for row in rows}


def ideas(db: Connection, collection: str) -> set[str]:
    rows = db.execute(
        "select jophiel.external_key('item', c.item_id) from jophiel.collection_ideas(%s::text) as c", (collection,)
    )
    return {row[0] for row in rows}


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    put(db, "one", "guitar", "calm")
    put(db, "two", "Guitar", "calm")
    put(db, "three", "drums", "loud")
    db.execute("call jophiel.revectorise()")
    db.execute("select jophiel.add_to_collection('ana', 'board', 'one')")
    return db


def test_a_new_item_is_seen_at_once(catalogue: Connection) -> None:
    assert similar(catalogue, "one") == {"two"}
    assert ideas(catalogue, "board") == {"two"}
    put(catalogue, "four", "guitar", "calm")

    assert similar(catalogue, "one") == {"two", "four"}
    assert ideas(catalogue, "board") == {"two", "four"}


def test_a_changed_item_is_seen_at_once(catalogue: Connection) -> None:
    similar(catalogue, "one")
    similar(catalogue, "three")
    put(catalogue, "two", "drums", "loud")

    assert similar(catalogue, "one") == set()
    assert similar(catalogue, "three") == {"two"}
    assert ideas(catalogue, "board") == set()


def test_a_deleted_item_is_gone_at_once(catalogue: Connection) -> None:
    similar(catalogue, "one")
    ideas(catalogue, "board")
    catalogue.execute("select jophiel.delete_item('two')")

    assert similar(catalogue, "one") == set()
    assert ideas(catalogue, "board") == set()
    assert catalogue.execute("select * from jophiel.search_items('two')").fetchall() == []
    assert catalogue.execute('select * from jophiel.find_filtered_items(\'{"tags": ["guitar"]}\')').fetchall() != []


def test_what_is_put_on_the_board_changes_its_ideas(catalogue: Connection) -> None:
    assert ideas(catalogue, "board") == {"two"}
    catalogue.execute("select jophiel.add_to_collection('ana', 'board', 'two')")
    assert ideas(catalogue, "board") == set()
    catalogue.execute("select jophiel.remove_from_collection('ana', 'board', 'two')")
    assert ideas(catalogue, "board") == {"two"}


def test_tags_and_filters_and_search_agree_on_case(catalogue: Connection) -> None:
    found = catalogue.execute('select count(*) from jophiel.find_filtered_items(\'{"tags": ["GUITAR"]}\')').fetchone()
    searched = catalogue.execute("select count(*) from jophiel.search_items('Guitár')").fetchone()

    assert found == (2,)
    assert searched == (2,)


def test_the_checksum_follows_the_catalogue(catalogue: Connection) -> None:
    before = catalogue.execute("select * from jophiel.sync_checksum('items')").fetchone()
    put(catalogue, "one", "guitar", "calm")
    assert catalogue.execute("select * from jophiel.sync_checksum('items')").fetchone() == before
    catalogue.execute("select jophiel.delete_item('one')")
    assert catalogue.execute("select * from jophiel.sync_checksum('items')").fetchone() != before
