"""jophiel.refresh_creators and jophiel.mark_tastes_stale."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.taste import model

if TYPE_CHECKING:
    import psycopg


def _item(db: psycopg.Connection[Any], item: int, creator: int) -> None:
    db.execute(
        "insert into jophiel.items (item_id, creator_id, created_at, updated_at) values (%s, %s, now(), now())",
        (item, creator),
    )
    db.execute("select jophiel._note_creators(%s)", ([creator],))


def _refresh(db: psycopg.Connection[Any]) -> int:
    row = db.execute("select jophiel.refresh_creators()").fetchone()
    assert row is not None
    return int(row[0])


def _signal(db: psycopg.Connection[Any], creator: int) -> list[float] | None:
    row = db.execute(
        "select signal::vector::real[] as s from jophiel.creators where creator_id = %s", (creator,)
    ).fetchone()
    return None if row is None else row.s


def _stale(db: psycopg.Connection[Any]) -> set[int]:
    return {r.user_id for r in db.execute("select user_id from jophiel.tastes where stale_since is not null")}


def test_a_centroid_is_the_mean_direction_block_by_block(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    _item(db, 1, 7)
    _item(db, 2, 7)
    assert _refresh(db) == 1
    half = 2**-0.5
    assert _signal(db, 7) == pytest.approx([half, half, 0, 0, 1, 0], abs=1e-3)
    assert _refresh(db) == 0


def test_followers_become_stale_and_then_have_the_new_centroid(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    db.execute("select jophiel.follow(1::bigint, 7::bigint)")
    db.execute("select jophiel.follow(2::bigint, 8::bigint)")
    _item(db, 1, 7)
    assert _refresh(db) == 1
    assert _stale(db) == {1}
    model.rebuild(db, 1)
    assert model.taste(db, 1).vector == pytest.approx((0.6, 0, 0, 0, 0, 0), abs=1e-3)
    assert _refresh(db) == 0
    assert _stale(db) == set()


def test_a_creator_without_items_has_no_centroid(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    _item(db, 1, 7)
    db.execute("select jophiel.follow(1::bigint, 7::bigint)")
    _refresh(db)
    db.execute("select jophiel.delete_item(1)")
    assert _refresh(db) == 1
    assert _signal(db, 7) is None
    model.rebuild(db, 1)
    assert model.taste(db, 1).mass == 0


def test_followed_creators_without_a_centroid_are_found(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    _item(db, 1, 7)
    db.execute("delete from jophiel.creator_changes")
    assert _refresh(db) == 0
    db.execute("select jophiel.follow(1::bigint, 7::bigint)")
    assert _refresh(db) == 1


def _upsert(db: psycopg.Connection[Any], item: int, creator: int, tag: str) -> None:
    items = json.dumps([{"item_id": item, "creator_id": creator, "tags": [tag]}])
    db.execute("select count(*) from jophiel.upsert_items(%s)", (items,))


def test_a_deleted_item_leaves_the_centroid(db: psycopg.Connection[Any]) -> None:
    _upsert(db, 1, 7, "a")
    _upsert(db, 2, 7, "b")
    assert _refresh(db) == 1
    both = _signal(db, 7)
    db.execute("select jophiel.delete_item(2)")
    assert _refresh(db) == 1
    assert _signal(db, 7) != both
    db.execute("select jophiel.delete_item(1)")
    assert _refresh(db) == 1
    assert _signal(db, 7) is None


def test_an_item_that_changes_hands_concerns_both(db: psycopg.Connection[Any]) -> None:
    _upsert(db, 1, 7, "a")
    _upsert(db, 2, 7, "b")
    assert _refresh(db) == 1
    _upsert(db, 2, 8, "b")
    assert _refresh(db) == 2
    assert _refresh(db) == 0


def test_no_change_is_lost_when_its_item_was_matched_already(db: psycopg.Connection[Any]) -> None:
    _upsert(db, 1, 7, "a")
    db.execute("delete from jophiel.item_changes")
    assert _refresh(db) == 1


def test_given_creators_only(db: psycopg.Connection[Any]) -> None:
    model.furnish(db)
    _item(db, 1, 7)
    _item(db, 2, 8)
    assert db.execute("select jophiel.refresh_creators('{8, 404}')").fetchone() == (1,)
    assert _signal(db, 7) is None
    assert db.execute("select jophiel.refresh_creators('{}')").fetchone() == (0,)


def test_mark_some_or_all(db: psycopg.Connection[Any]) -> None:
    for user in (1, 2, 3):
        db.execute("select jophiel.upsert_users(jsonb_build_array(jsonb_build_object('user_id', %s::int)))", (user,))
    assert db.execute("select jophiel.mark_tastes_stale('{1, 2, 404}')").fetchone() == (2,)
    assert _stale(db) == {1, 2}
    assert db.execute("select jophiel.mark_tastes_stale()").fetchone() == (3,)
    assert _stale(db) == {1, 2, 3}
    assert db.execute("select jophiel.mark_tastes_stale('{}')").fetchone() == (0,)
    versions = db.execute("select version from jophiel.tastes order by user_id").fetchall()
    assert versions == [(3,), (3,), (2,)]


def test_stale_tastes_are_found_by_index(db: psycopg.Connection[Any]) -> None:
    db.execute(
        "insert into jophiel.tastes (user_id, taste, as_of) "
        "select g, '[0,0]', now() from generate_series(1, 20000) as g"
    )
    db.execute("update jophiel.tastes set stale_since = now() where user_id = 5")
    db.execute("analyze jophiel.tastes")
    plan = db.execute(
        "explain select user_id from jophiel.tastes where stale_since is not null order by stale_since limit 500"
    )
    assert "tastes_stale_since_idx" in "\n".join(row[0] for row in plan)
