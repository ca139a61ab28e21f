from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.api.catalogue import put_many

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    db.execute(
        """insert into jophiel.items
             (item_id, domain, creator_id, title, tags, metadata, search, created_at, updated_at, deleted_at)
           select r.item_id, r.domain, r.creator_id, r.title, r.tags, r.metadata,
                  to_tsvector('simple', jophiel._fold(r.title)), r.created_at, now(), r.deleted_at
             from (values
               (1, 'audio', 10, 'Nocturno para guitarra', '{Guitar,calm}'::text[],
                '{"bpm": 108, "key": {"mode": "minor"}}'::jsonb,
                timestamptz '2026-03-01T00:00:00Z', null::timestamptz),
               (2, 'audio', 11, 'Melancólico', '{GUITAR,melancólico}', '{"bpm": 120}', '2026-03-05T00:00:00Z', null),
               (3, 'audio', null, 'Drums', '{drums}', '{"bpm": 108}', '2026-03-09T00:00:00Z', null),
               (4, 'film', jophiel.key_id('ana'), 'Guitar hero', '{guitar}', '{}', '2026-03-10T00:00:00Z', null),
               (5, 'audio', 10, 'Gone', '{guitar}', '{"bpm": 108}', '2026-03-10T00:00:00Z', '2026-03-11T00:00:00Z')
             ) as r (item_id, domain, creator_id, title, tags, metadata, created_at, deleted_at)"""
    )
    return db


def found(db: Connection, definition: dict[str, object], domain: str | None = None) -> list[int]:
    rows = db.execute(
        "select f.item_id from jophiel.find_filtered_items(%s, %s) as f (item_id) order by 1",
        (json.dumps(definition), domain),
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"tags": ["guitar"]}, [1, 2, 4]),
        ({"tags": ["Guitar", "calm"]}, [1]),
        ({"tags": ["MELANCÓLICO"]}, [2]),
        ({"any_tags": ["drums", "calm"]}, [1, 3]),
        ({"not_tags": ["guitar"]}, [3]),
        ({"metadata": {"bpm": 108}}, [1, 3]),
        ({"metadata": {"key": {"mode": "minor"}}}, [1]),
        ({"creators": [10, "ana"]}, [1, 4]),
        ({"creators": ["11"]}, [2]),
        ({"not_creators": [10, "ana"]}, [2, 3]),
        ({"created_after": "2026-03-05T00:00:00Z"}, [3, 4]),
        ({"created_after": "2026-03-09"}, [4]),
        ({"created_within": "5 days"}, [3, 4]),
        ({"text": "guitar"}, [4]),
        ({"text": "melancolico or drums"}, [2, 3]),
        ({"text": "Nocturno -piano"}, [1]),
        ({"tags": ["guitar"], "metadata": {"bpm": 108}, "not_creators": [11]}, [1]),
        ({"tags": ["nothing"]}, []),
        ({"tags": ["it's \\ 100 %s %L {a,b}"]}, []),
    ],
)
def test_finds_the_items_that_pass(
    catalogue: Connection, freeze: Callable[[str], None], definition: dict[str, object], expected: list[int]
) -> None:
    freeze("2026-03-12T00:00:00Z")

    assert found(catalogue, definition) == expected


def test_keeps_to_a_domain(catalogue: Connection) -> None:
    assert found(catalogue, {"tags": ["guitar"]}, "film") == [4]
    assert found(catalogue, {}, "books") == []


def test_an_empty_catalogue_has_nothing(db: Connection) -> None:
    assert found(db, {}) == []


def test_an_unknown_key_is_an_error(db: Connection) -> None:
    with pytest.raises(psycopg.Error, match='the filter\'s "tag" is not known') as error:
        found(db, {"tag": ["guitar"]})

    assert error.value.sqlstate == "JO021"


@pytest.mark.parametrize(
    ("definition", "index"),
    [
        ({"tags": ["tag7"]}, "items_tags_idx"),
        ({"any_tags": ["tag7", "tag8"]}, "items_tags_idx"),
        ({"metadata": {"genre": "g7"}}, "items_metadata_idx"),
        ({"text": "word7"}, "items_search_idx"),
        ({"creators": [7]}, "items_creator_id_idx"),
        ({"created_after": "2026-01-14T00:00:00Z"}, "items_created_at_idx"),
        ({"tags": ["tag7"], "metadata": {"kind": "common"}, "not_tags": ["x"]}, "items_tags_idx"),
    ],
)
def test_plan_uses_the_index_of_the_selective_key(db: Connection, definition: dict[str, object], index: str) -> None:
    put_many(db, 20_000)
    query = db.execute("select jophiel._filter_query(%s, 'default')", (json.dumps(definition),)).fetchone()
    assert query is not None

    plan = "\n".join(row[0] for row in db.execute(b"explain (costs off) " + query[0].encode()))

    assert index in plan
    assert "Seq Scan" not in plan
    assert len(found(db, definition)) in range(1, 2_000)
