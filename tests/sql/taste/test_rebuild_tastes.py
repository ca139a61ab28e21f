"""jophiel._rebuild_tastes and the fast path beside it, by examples that were computed by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.taste import model

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

NOW = "2026-03-02T00:00:00Z"  # 60 days, one half-life, after model.START


@pytest.fixture(autouse=True)
def _world(db: psycopg.Connection[Any], freeze: Callable[[str], None]) -> None:
    model.furnish(db)
    freeze(NOW)


def _like(db: psycopg.Connection[Any], item: int, at: str | None = None, kind: str = "like") -> None:
    db.execute("select jophiel.record_interaction(1::bigint, %s::bigint, %s, p_happened_at => %s)", (item, kind, at))


def test_an_event_a_half_life_old_counts_half(db: psycopg.Connection[Any]) -> None:
    _like(db, 1, "2026-01-01T00:00:00Z")
    _like(db, 4, NOW)
    found = model.taste(db, 1)
    assert found.vector == pytest.approx((0.5, 0, -1, 0, 0, 0))
    assert found.mass == pytest.approx(1.5)
    assert found.event_count == 2
    assert found.as_of == datetime(2026, 3, 2, tzinfo=UTC)
    model.rebuild(db, 1)
    assert model.taste(db, 1).vector == pytest.approx(found.vector)


def test_a_late_event_is_aged_when_it_arrives(db: psycopg.Connection[Any]) -> None:
    _like(db, 4, NOW)
    _like(db, 1, "2026-01-31T00:00:00Z")
    assert model.taste(db, 1).vector == pytest.approx((2**-0.5, 0, -1, 0, 0, 0))


def test_the_future_is_taken_at_its_word(db: psycopg.Connection[Any]) -> None:
    _like(db, 1)
    _like(db, 4, "2026-03-03T00:00:00Z")
    assert model.taste(db, 1).as_of == datetime(2026, 3, 3, tzinfo=UTC)
    assert model.taste(db, 1).vector == pytest.approx((2 ** (-1 / 60), 0, -1, 0, 0, 0))


def test_centuries_are_no_overflow(db: psycopg.Connection[Any]) -> None:
    db.execute("update jophiel.settings set value = '300000000000' where name = 'event_future_seconds'")
    for at in ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "1969-07-20T00:00:00Z"):
        _like(db, 2, at, "share")
    assert model.taste(db, 1).vector == pytest.approx((0, 0.8, 0, 0, 0.4, 0))
    model.rebuild(db, 1)
    assert model.taste(db, 1).vector == pytest.approx((0, 0.8, 0, 0, 0.4, 0))


def test_the_first_event_may_be_older_than_unix_time(db: psycopg.Connection[Any]) -> None:
    _like(db, 1, "1950-01-01T00:00:00Z")
    assert model.taste(db, 1) == model.Taste((1, 0, 0, 0, 0, 0), datetime(1950, 1, 1, tzinfo=UTC), 1, 1)


def test_a_like_that_is_repeated_counts_once(db: psycopg.Connection[Any]) -> None:
    _like(db, 1, "2026-01-01T00:00:00Z")
    _like(db, 1, NOW)
    assert model.taste(db, 1) == model.Taste((1, 0, 0, 0, 0, 0), datetime(2026, 3, 2, tzinfo=UTC), 1, 1)


def test_a_follow_adds_the_centroid(db: psycopg.Connection[Any]) -> None:
    db.execute("select jophiel.follow(1::bigint, 101::bigint)")
    assert model.taste(db, 1).vector == pytest.approx((0, 0, 0, 0.6, 0, 0))
    assert model.taste(db, 1).mass == pytest.approx(0.6)


def test_an_item_without_signal_counts_once_it_has_one(db: psycopg.Connection[Any]) -> None:
    _like(db, 9)
    row = db.execute("select mass, event_count, stale_since from jophiel.tastes where user_id = 1").fetchone()
    assert row is not None
    assert (row.mass, row.event_count) == (0, 1)
    assert row.stale_since is not None
    model.add_signal(db, 9, (0, 0, 0, 0, 0, 1))
    model.rebuild(db, 1)
    assert model.taste(db, 1).vector == pytest.approx((0, 0, 0, 0, 0, 1))


def test_nothing_is_left_when_all_is_taken_back(db: psycopg.Connection[Any]) -> None:
    _like(db, 1)
    _like(db, 1, kind="unlike")
    assert model.taste(db, 1) == model.Taste((0.0,) * 6, model.EPOCH, 0.0, 0)


def test_a_rebuild_clears_the_mark_and_raises_the_version(db: psycopg.Connection[Any]) -> None:
    _like(db, 1, kind="play")
    db.execute("select jophiel.mark_tastes_stale('{1}')")
    before = db.execute("select version, stale_since from jophiel.tastes").fetchone()
    assert before is not None
    assert before.stale_since is not None
    assert db.execute("select jophiel._rebuild_tastes('{1}')").fetchone() == (1,)
    after = db.execute("select version, stale_since from jophiel.tastes").fetchone()
    assert after == (before.version + 1, None)


def test_unknown_users_are_passed_over(db: psycopg.Connection[Any]) -> None:
    assert db.execute("select jophiel._rebuild_tastes('{}')").fetchone() == (0,)
    assert db.execute("select jophiel._rebuild_tastes('{77}')").fetchone() == (0,)
    assert db.execute("select count(*) from jophiel.tastes").fetchone() == (0,)


def _versions(db: psycopg.Connection[Any]) -> tuple[int, int]:
    """The version of the taste, and the one that readers must see."""
    row = db.execute("select version, reaction_version from jophiel.tastes where stale_since is null").fetchone()
    assert row is not None
    return row.version, row.reaction_version


def test_readers_wait_for_a_low_value_event_and_not_for_a_high_value_event(db: psycopg.Connection[Any]) -> None:
    _like(db, 1, kind="play")
    assert model.taste(db, 1).vector == pytest.approx((0.2, 0, 0, 0, 0, 0))
    assert _versions(db) == (1, 0)
    _like(db, 1, kind="share")
    assert model.taste(db, 1).vector == pytest.approx((1, 0, 0, 0, 0, 0))
    assert _versions(db) == (2, 2)


def test_the_rebuild_reads_a_users_log_by_key(db: psycopg.Connection[Any]) -> None:
    db.execute(
        "insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at) "
        "select g % 500, gen_random_uuid(), g % 300, 'view', now(), now() from generate_series(1, 20000) as g",
        prepare=False,
    )
    db.execute("analyze jophiel.interactions")
    plan = db.execute("explain select item_id from jophiel.interactions where user_id = any ('{1,2}') and is_active")
    assert "interactions_" in (text := "\n".join(row[0] for row in plan))
    assert "Seq Scan" not in text
