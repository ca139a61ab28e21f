"""`jophiel demo`, small."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import httpx2

from jophiel.cli.demo import compare
from jophiel.cli.words import reasons_in_words, taste_rows
from jophiel.database.rows import FeedItem, Reason
from tests.conftest import SCRIPT
from tests.support.services import drop_database

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunCli


def item(rank: int, key: str) -> FeedItem:
    return FeedItem(rank=rank, item_id=key, score=1.0, title=key, creator_id=None)


def test_the_demo_tells_its_story_and_ends(run_cli: RunCli, database_url: str, server: str, tmp_path: Path) -> None:
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
            "makes the database anew",
            "serve --database jophiel_demo",
        ):
            assert text in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 100
        assert "\x1b" not in done.stdout
        # What it says to go on with shows the same data.
        environment = {**os.environ, "JOPHIEL_DATABASE_URL": database_url, "JOPHIEL_HOME": str(tmp_path / "home")}
        command = [str(SCRIPT), "serve", "--database", "jophiel_demo", "--port", "0"]
        process = subprocess.Popen(
            command,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
            assert httpx2.get(f"{address}/v1/admin/status").json()["users"] == 60
            # And goes on with another one.
            assert run_cli("demo", "--no-serve", "--users", "20", "--items", "200").returncode == 0
            deadline = time.monotonic() + 20
            while (page := httpx2.get(f"{address}/v1/feed/1", timeout=20)).status_code == 503:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert page.status_code == 200
            assert httpx2.get(f"{address}/v1/admin/status").json()["users"] == 20
        finally:
            process.terminate()
            process.communicate(timeout=30)
        missing = run_cli("serve", "--database", "no_such_database", "--port", "0")
        assert (missing.returncode, "no_such_database" in missing.stderr) == (1, True)
    finally:
        drop_database(server, "jophiel_demo")


def test_the_demo_ends_by_serving_its_page(database_url: str, server: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "JOPHIEL_DATABASE_URL": database_url,
        "JOPHIEL_HOME": str(tmp_path / "home"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [str(SCRIPT), "demo", "--users", "20", "--items", "200", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        user = address.rsplit("/", 1)[1]
        origin = address.split("#")[0]
        assert "Jophiel" in httpx2.get(origin).text
        assert len(httpx2.get(f"{origin}v1/feed/{user}").json()["sample_ids"]) == 20
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in (0, -signal.SIGINT, 130)
    finally:
        process.kill()
        process.communicate()
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
