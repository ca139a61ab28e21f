"""`jophiel demo`, small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.cli.demo import compare
from jophiel.cli.words import reasons_in_words, taste_rows
from jophiel.database.rows import FeedItem, Reason
from tests.support.services import drop_database

if TYPE_CHECKING:
    from tests.conftest import RunCli


def item(rank: int, key: str) -> FeedItem:
    return FeedItem(rank=rank, item_id=key, score=1.0, title=key, creator_id=None)


def test_the_demo_tells_its_story_and_ends(run_cli: RunCli, database_url: str, server: str) -> None:
    try:
        for _ in range(2):  # it makes its database anew
            done = run_cli("demo", "--no-serve", "--users", "60", "--items", "400")
            assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        for text in (
            "feeds",
            "in words",
            "similar taste",
            "likes number",
            "left",
            "entered",
            "db psql --database jophiel_demo",
        ):
            assert text in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 100
        assert "\x1b" not in done.stdout
    finally:
        drop_database(server, "jophiel_demo")


def test_a_change_is_what_left_entered_and_moved() -> None:
    change = compare([item(1, "a"), item(2, "b"), item(3, "c")], [item(1, "b"), item(2, "d"), item(3, "c")])
    assert [found.item_id for found in change.left] == ["a"]
    assert [found.item_id for found in change.entered] == ["d"]
    assert [(found.item_id, old, new) for found, old, new in change.moved] == [("b", 2, 1)]


def test_reasons_read_like_a_sum() -> None:
    reasons = [
        Reason("novelty", 0.2, 0.6, 0.12),
        Reason("similarity", 1.0, 0.71, 0.71),
        Reason("popularity", 0.0, 0.4, 0.0),
        Reason("following", 0.5, 1.0, 0.5),
    ]
    assert reasons_in_words(reasons) == "similar taste 0.71 + following 0.50 + new 0.12"
    assert reasons_in_words([]) == ""


def test_a_taste_reads_like_preferences() -> None:
    taste = {
        "terms": {"tags": {"sea": 0.4, "calm": 0.6}, "genre": {"jazz": 0.9, "metal": -0.5}},
        "numeric": {"bpm": {"mean": 120.4, "spread": 12.0}},
    }
    assert taste_rows(taste) == [("genre", "jazz 90%; not metal"), ("tags", "calm 60%, sea 40%"), ("bpm", "120.4 ± 12")]
    assert taste_rows({"terms": {}, "numeric": {}}) == []
