from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import pytest

from tests.sql.items.catalogue import scalar

Connection = psycopg.Connection[Any]


def test_there_and_back(db: Connection) -> None:
    number = scalar(db, "select jophiel.register_key('user', 'ana')")
    assert number == scalar(db, "select jophiel.register_key('user', 'ana')") < 0
    assert scalar(db, "select jophiel.external_key('user', %s)", (number,)) == "ana"


def test_numbers_are_their_own_keys(db: Connection) -> None:
    assert scalar(db, "select jophiel.register_key('item', '42')") == 42
    assert scalar(db, "select count(*) from jophiel.keys") == 0
    assert scalar(db, "select jophiel.external_key('item', 42)") == "42"


@pytest.mark.parametrize("key", ["", "ana", "ü", "007", "-1", "+1", "1 ", "1.0", "1" * 19, "back\\slash", "٣"])
def test_any_other_text_is_its_hash(db: Connection, key: str) -> None:
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
    assert scalar(db, "select jophiel.key_id(%s)", (key,)) == number | -(2**63)


@pytest.mark.parametrize("key", ["0", "7", "1" * 18])
def test_a_number_of_up_to_18_digits_is_itself(db: Connection, key: str) -> None:
    assert scalar(db, "select jophiel.key_id(%s)", (key,)) == int(key)
    assert scalar(db, "select jophiel.key_id(null)") is None


def test_the_id_of_a_key_is_written_into_statements_and_not_called(db: Connection) -> None:
    plan = db.execute("explain (verbose) select jophiel.key_id(k.key) from jophiel.keys as k").fetchall()
    assert not [line for (line,) in plan if ".key_id(" in line or " key_id(" in line]


def test_an_unregistered_number_is_itself(db: Connection) -> None:
    assert scalar(db, "select jophiel.external_key('item', -42)") == "-42"
    assert scalar(db, "select jophiel.external_key('item', null)") is None


def test_collision(db: Connection) -> None:
    db.execute("insert into jophiel.keys (kind, id, key) values ('user', jophiel.key_id('ana'), 'bob')")
    with pytest.raises(psycopg.Error, match=r"ana.*bob|bob.*ana") as caught:
        db.execute("select jophiel.register_key('user', 'ana')")
    assert caught.value.sqlstate == "JO013"


@pytest.mark.parametrize("arguments", ["'user', ''", "'user', null", "'planet', 'x'", "null, 'x'"])
def test_bad_arguments(db: Connection, arguments: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        db.execute(f"select jophiel.register_key({arguments})")
    assert caught.value.sqlstate == "JO001"
    assert caught.value.diag.message_hint


def test_an_empty_key_is_refused_by_every_writer(db: Connection) -> None:
    for call in (
        "record_interaction('', '1')",
        "record_interaction('1', ' ')",
        "follow('a', '')",
        "add_to_collection('a', '', '1')",
    ):
        with pytest.raises(psycopg.Error) as caught:
            db.execute(f"select jophiel.{call}")
        assert caught.value.sqlstate == "JO001", call
    assert scalar(db, "select count(*) from jophiel.users") == 0


@pytest.mark.parametrize(
    ("call", "state"),
    [
        ("describe_taste('nobody')", "JO002"),
        ("get_taste('nobody')", "JO002"),
        ("search_items('word', 'nobody')", "JO002"),
        ("similar_items('nobody')", "JO003"),
        ("delete_item('nobody')", "JO003"),
        ("collection_ideas('nobody')", "JO004"),
    ],
)
def test_who_asks_by_a_text_key_is_answered_in_it(db: Connection, call: str, state: str) -> None:
    with pytest.raises(psycopg.Error, match='"nobody"') as caught:
        db.execute(f"select jophiel.{call}")
    assert caught.value.sqlstate == state
    assert caught.value.diag.message_hint


def test_what_is_there_is_found(db: Connection) -> None:
    db.execute("select jophiel.add_to_collection('ana', 'shelf', '7')")
    upserted = "select jophiel.upsert_items('[{\"item_id\": 7}]')"
    db.execute(upserted)
    for kind, key in (("user", "ana"), ("collection", "shelf"), ("item", "7")):
        found = scalar(db, "select jophiel._find_id(%s, %s)", (kind, key))
        assert found == scalar(db, "select jophiel.key_id(%s)", (key,))
        assert scalar(db, "select jophiel._find_id(%s, null)", (kind,)) is None
