from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.api.catalogue import index_scans, put_item, put_many, table_scans, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def catalogue(db: Connection, freeze: Callable[[str], None]) -> Connection:
    """Three items of one text, of which user 1's taste is nearest to 3, then 2, then 1, all equally old."""
    freeze("2026-02-01T00:00:00Z")
    put_item(db, 1, vector(0, 0, 1), title="Nocturne for guitar")
    put_item(db, 2, vector(0.6, 0.8), title="Nocturne for guitar")
    put_item(db, 3, vector(1), title="Nocturne for guitar")
    put_item(db, 4, vector(1), title="Guitar guitar", domain="other")
    put_item(db, 5, vector(1), title="Melancólico")
    put_item(db, 6, vector(1), title="Lo-fi drum-and-bass")
    db.execute(
        "insert into jophiel.users (user_id, created_at, updated_at) values (1, now(), now()), (2, now(), now())"
    )
    db.execute(
        "insert into jophiel.tastes (user_id, taste, as_of, mass, event_count) values (1, %s, now(), 1, 10)",
        (vector(1),),
    )
    return db


def search(db: Connection, query: str | None, **arguments: object) -> list[int]:
    return [row.item_id for row in rows(db, query, **arguments)]


def rows(db: Connection, query: str | None, **arguments: object) -> list[Any]:
    named = "".join(f", {name} => %({name})s" for name in arguments)
    statement = f"select * from jophiel.search_items(%(query)s{named})"  # noqa: S608 - names of this file
    return db.execute(statement.encode(), {"query": query, **arguments}).fetchall()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("nocturne", [1, 2, 3]),
        ("NOCTURNE  for", [1, 2, 3]),
        ("noct", [1, 2, 3]),
        ("noct guitar", []),
        ("guitar noct", [1, 2, 3]),
        ('"noct"', []),
        ('"nocturne for"', [1, 2, 3]),
        ('"for nocturne"', []),
        ("melancolico", [5]),
        ("MELANCÓL", [5]),
        ("lo-fi", [6]),
        ("drum-and-ba", [6]),
        ("lo-fi -drum-and-bass", []),
        ("melancolico or dru", [5, 6]),
        ("guitar -nocturne", [4]),
        ("guitar -noct", [1, 2, 3, 4]),
        ("n", []),
        ("nothing of this", []),
        ("it's 100% \\ ' : & | ! ( ) <-> *", []),
    ],
)
def test_words_decide_what_is_found(catalogue: Connection, query: str, expected: list[int]) -> None:
    assert sorted(search(catalogue, query)) == expected


def test_without_a_user_the_text_alone_orders(catalogue: Connection) -> None:
    found = rows(catalogue, "guitar")

    assert [row.item_id for row in found] == [4, 1, 2, 3]
    assert [row.rank for row in found] == [1, 2, 3, 4]
    assert found[0].text_score == 1
    assert 0 < found[1].text_score < 1
    assert all(row.score == row.text_score and row.personal_score is None for row in found)


def test_a_user_sees_equal_texts_in_the_order_of_taste(catalogue: Connection) -> None:
    found = rows(catalogue, "nocturne", p_user_id=1)

    assert [row.item_id for row in found] == [3, 2, 1]
    # Of the default policy's weights, which add up to 1.7 for who is not cold.
    assert [round(row.personal_score, 3) for row in found] == [0.588, 0.353, 0]
    assert [round(row.score, 3) for row in found] == [0.876, 0.806, 0.7]
    assert [round(row.text_score, 3) for row in found] == [1, 1, 1]


def test_the_shares_are_a_setting(catalogue: Connection) -> None:
    catalogue.execute("update jophiel.settings set value = '1' where name = 'search_personal'")

    assert [round(row.score, 3) for row in rows(catalogue, "nocturne", p_user_id=1)] == [0.588, 0.353, 0]


def test_the_personal_score_is_the_formula(catalogue: Connection) -> None:
    catalogue.execute(
        """update jophiel.item_vectors set creator_id = 50, created_epoch = created_epoch + 1e6 where item_id = 1;
           insert into jophiel.follows (user_id, creator_id, happened_at, event_id)
           values (1, 50, now(), gen_random_uuid());
           insert into jophiel.item_stats (item_id, popularity, updated_at) values (2, 0.5, now());
           update jophiel.scoring_policies set popularity = 0.7"""
    )
    scores = dict(catalogue.execute("select s.item_id, s.score from jophiel.score_items(1, '{1,2,3}') as s").fetchall())
    highest = 1 + 0.5 + 0.2 + 0.7

    personal = {row.item_id: row.personal_score for row in rows(catalogue, "nocturne", p_user_id=1)}

    assert personal == pytest.approx({item_id: score / highest for item_id, score in scores.items()})
    assert min(scores.values()) >= 0


def test_the_personal_score_of_an_item_does_not_depend_on_the_others(catalogue: Connection) -> None:
    put_item(catalogue, 7, vector(0.6, 0.8), title="Solitary nocturne")
    put_item(catalogue, 8, vector(-1), title="Disliked")

    among_others = {row.item_id: row.personal_score for row in rows(catalogue, "nocturne", p_user_id=1)}
    (alone,) = rows(catalogue, "solitary", p_user_id=1)
    (opposite,) = rows(catalogue, "disliked", p_user_id=1)

    assert alone.personal_score == among_others[7] == among_others[2] > 0.3
    assert opposite.personal_score == 0


def test_what_is_liked_is_found_like_everything_else(catalogue: Connection) -> None:
    catalogue.execute(
        """insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at)
           values (1, gen_random_uuid(), 3, 'like', now(), now())"""
    )

    assert search(catalogue, "nocturne", p_user_id=1) == [3, 2, 1]


def test_a_user_without_a_taste_sees_equal_texts_by_id(catalogue: Connection) -> None:
    found = rows(catalogue, "nocturne", p_user_id=2)

    assert [(row.item_id, round(row.personal_score, 3)) for row in found] == [(1, 0), (2, 0), (3, 0)]


def test_an_item_without_a_vector_is_found_last(catalogue: Connection) -> None:
    put_item(catalogue, 9, None, title="Nocturne for guitar")

    assert search(catalogue, "nocturne", p_user_id=1) == [3, 2, 1, 9]


def test_pages_and_domains(catalogue: Connection) -> None:
    whole = search(catalogue, "guitar", p_user_id=1)

    assert [search(catalogue, "guitar", p_user_id=1, p_limit=1, p_offset=n)[0] for n in range(4)] == whole
    assert [row.rank for row in rows(catalogue, "guitar", p_limit=2, p_offset=2)] == [3, 4]
    assert search(catalogue, "guitar", p_offset=4) == []
    assert search(catalogue, "guitar", p_domain="other") == [4]
    assert search(catalogue, "guitar", p_domain="nowhere") == []


def test_text_keys(catalogue: Connection) -> None:
    found = catalogue.execute("select s.item_id from jophiel.search_items('nocturne', '1'::text) as s").fetchall()

    assert [row.item_id for row in found] == [3, 2, 1]


def test_deleted_items_are_not_found(catalogue: Connection) -> None:
    catalogue.execute("update jophiel.items set deleted_at = now() where item_id = 5")

    assert search(catalogue, "melancolico") == []


@pytest.mark.parametrize(
    ("arguments", "state", "message"),
    [
        ({"query": ""}, "JO001", 'the search "" has no word'),
        ({"query": None}, "JO001", 'the search "" has no word'),
        ({"query": " ... "}, "JO001", "has no word"),
        # Past this the parser of queries runs out of stack, in words of its own.
        ({"query": "a b " * 100_000}, "JO001", r"the search \"a b .*\.\.\.\" has 400000 letters"),
        ({"query": "a", "p_limit": 0}, "JO001", "limit 0 is not between 1 and 1000"),
        ({"query": "a", "p_limit": 1001}, "JO001", "limit 1001"),
        ({"query": "a", "p_offset": -1}, "JO001", "offset -1 is not between"),
        ({"query": "a", "p_offset": None}, "JO001", "offset null"),
        ({"query": "guitar", "p_user_id": 99}, "JO002", "there is no user 99"),
    ],
)
def test_errors(catalogue: Connection, arguments: dict[str, Any], state: str, message: str) -> None:
    with pytest.raises(psycopg.Error, match=message) as error:
        search(catalogue, **arguments)

    assert error.value.sqlstate == state


def test_plan_uses_the_text_index(db: Connection) -> None:
    put_many(db, 20_000)
    scans, reads = index_scans(db, "items_search_idx"), table_scans(db, "items")

    assert len(search(db, "word7", p_limit=1000)) == 440
    assert index_scans(db, "items_search_idx") == scans + 1
    assert table_scans(db, "items") == reads


def test_a_read_only_transaction_is_enough(catalogue: Connection) -> None:
    with catalogue.transaction():
        catalogue.execute("set transaction read only")
        assert search(catalogue, "nocturne", p_user_id=1) == [3, 2, 1]


@pytest.mark.parametrize("query", ["", " ... ", "-", None])
def test_an_error_is_not_preceded_by_notices(catalogue: Connection, query: str | None) -> None:
    said: list[object] = []
    catalogue.add_notice_handler(said.append)
    with pytest.raises(psycopg.Error, match="has no word"):
        search(catalogue, query, p_user_id=1)
    assert said == []
