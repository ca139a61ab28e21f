from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jophiel.engine import Engine
from jophiel.errors import EngineError, InputError, NotFoundError, NotInstalledError
from jophiel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    import psycopg

ITEMS = [
    {"item_id": f"song {n}", "title": f"Song {n}", "tags": ["ambient"] if n % 2 else ["techno"], "creator_id": n % 3}
    for n in range(1, 9)
]


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    with Engine(Settings(home=tmp_path, database_url=database_url)) as found:
        assert set(found.put_items(ITEMS)) == {"created"}
        yield found


def test_what_is_tracked_moves_what_is_recommended_at_once(engine: Engine) -> None:
    assert engine.put_users([{"user_id": "ana"}]) == ["created"]
    assert len(engine.recommend("ana")) == 8
    assert engine.track("ana", "song 1") == "applied"

    found = engine.recommend("ana", limit=3)
    assert [item.rank for item in found] == [1, 2, 3]
    assert {item.item_id for item in found} == {"song 3", "song 5", "song 7"}
    assert engine.recommend("ana", limit=3, exclude=["song 3", "song 5"])[0].item_id == "song 7"
    assert {item.item_id for item in engine.similar("song 1", limit=3)} == {"song 3", "song 5", "song 7"}
    reasons = engine.explain("ana", found[0].item_id)
    assert sum(reason.contribution for reason in reasons) == pytest.approx(found[0].score, abs=1e-4)
    assert "ambient" in str(engine.taste("ana"))
    assert {report.stage: report.processed for report in engine.run_batch()}["feeds"] == 1
    assert {item.item_id for item in engine.recommend("ana", limit=3)} == {"song 3", "song 5", "song 7"}


def test_a_recommendation_by_weights_of_its_own(engine: Engine) -> None:
    engine.track("ana", "song 1")
    kept = engine.recommend("ana")
    found = engine.recommend("ana", limit=3, models=["content"], exclude=["song 3"])
    assert [item.item_id for item in found][:2] == ["song 5", "song 7"]
    assert [item.score for item in found][:2] == pytest.approx([1, 1], abs=1e-2)
    assert engine.recommend("ana", cf_weight=0, weights={"novelty": 0})[0].score == pytest.approx(2, abs=2e-2)
    unknown = engine.recommend("ana", query_text="xyzzy", query_weight=2)
    assert [item.item_id for item in unknown] == [item.item_id for item in kept]
    again = engine.recommend("ana", policy="default")
    assert [item.item_id for item in again] == [item.item_id for item in kept]
    for wrong in ({"models": ["knn"]}, {"cf_weight": 2}, {"policy": "none"}, {"weights": {"novelty": -1}}):
        with pytest.raises(EngineError):
            engine.recommend("ana", **wrong)
    with pytest.raises(EngineError):
        engine.recommend("ana", query_text=" ")
    with pytest.raises(InputError):
        engine.recommend("ana", cf_weight=float("nan"))


def test_an_event_counts_once(engine: Engine) -> None:
    event = uuid.uuid4()
    when = datetime(2026, 1, 1, tzinfo=UTC)
    outcomes = [engine.track(7, "song 1", "play", event_id=event, happened_at=when, weight=0.5) for _ in range(2)]
    assert outcomes == ["applied", "duplicate"]
    rows = [{"user_id": 7, "item_id": "song 2", "type": kind} for kind in ("play", "skip")]
    assert engine.track_many(rows) == ["applied", "applied"]
    assert engine.track_many([]) == []


def test_what_cannot_be_used_changes_nothing(engine: Engine) -> None:
    with pytest.raises(NotFoundError):
        engine.recommend("nobody")
    with pytest.raises(EngineError):
        engine.track_many([{"user_id": 8, "item_id": "song 1"}, {"user_id": 8, "item_id": "song 1", "type": "hum"}])
    with pytest.raises(NotFoundError):
        engine.taste(8)
    with pytest.raises(InputError, match="JSON"):
        engine.put_items([{"item_id": object()}])
    with pytest.raises(InputError, match="limit is 1000"):
        engine.recommend("ana", limit=1000, exclude=["song 1"])


def test_threads_take_turns(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda n: engine.track(n % 5, f"song {1 + n % 8}", "play"), range(40)))
    assert outcomes == ["applied"] * 40


def test_a_database_without_jophiel(empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=empty_database_url)
    with pytest.raises(NotInstalledError):
        Engine(settings)
    with Engine(settings, install=True) as engine:
        assert engine.put_items(ITEMS[:1]) == ["created"]


def test_a_training_that_was_asked_for_is_done_by_the_batch(engine: Engine, db: psycopg.Connection[Any]) -> None:
    engine.track_many([{"user_id": n % 7, "item_id": f"song {1 + n % 8}", "type": "like"} for n in range(50)])
    db.execute("select jophiel.request_training('neighbours')")
    engine.run_batch()
    row = db.execute("select state, name from jophiel.models").fetchone()
    assert row == ("active", "neighbours")
