from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from jophiel import logs
from jophiel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    logger = logging.getLogger("jophiel")
    before = (logger.handlers[:], logger.level, logger.propagate)
    settings = Settings(home=tmp_path)
    logs.configure(settings)
    yield settings.logs
    for handler in logger.handlers[:]:
        if handler not in before[0]:
            logger.removeHandler(handler)
            handler.close()
    logger.setLevel(before[1])
    logger.propagate = before[2]


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_one_file_a_feature_and_one_with_everything(folder: Path) -> None:
    logs.get_logger("batch").info("cycle ended", extra={"users": 12})
    logs.get_logger("seed.items").warning("late")
    assert [line["message"] for line in lines(folder / "batch.log")] == ["cycle ended"]
    assert [line["message"] for line in lines(folder / "seed.log")] == ["late"]
    assert [line["message"] for line in lines(folder / "jophiel.log")] == ["cycle ended", "late"]


def test_a_line_has_utc_time_level_and_what_was_added(folder: Path) -> None:
    logs.get_logger("batch").info("cycle %s", "ended", extra={"users": 12})
    (line,) = lines(folder / "batch.log")
    assert str(line["time"]).endswith("+00:00")
    assert (line["level"], line["message"], line["users"]) == ("INFO", "cycle ended", 12)


def test_no_password_is_written(folder: Path) -> None:
    logs.get_logger("db").info("at %s", "postgresql://u:secret@h/d", extra={"dsn": "host=h password=secret"})
    assert "secret" not in (folder / "db.log").read_text()


def test_files_rotate_and_a_file_rotated_by_another_process_is_reopened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_BYTES_A_FILE", 500)
    for number in range(10):
        logs.get_logger("batch").info("number %d", number)
    assert (folder / "batch.log.1").exists()
    (folder / "jophiel.log").rename(folder / "moved.log")
    logs.get_logger("batch").info("after")
    assert lines(folder / "jophiel.log")[-1]["message"] == "after"


def test_a_disk_that_was_full_is_written_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_BYTES_A_FILE", 500)
    (folder / "batch.log").symlink_to("/dev/full")
    for number in range(3):
        logs.get_logger("batch").info("number %d", number)
    # Moved away by another process while there was no room: the old file closes with an error.
    (folder / "batch.log").unlink()
    for number in range(2):
        logs.get_logger("batch").info("after %d", number)
    assert lines(folder / "batch.log")[-1]["message"] == "after 1"


def test_a_home_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    logs.configure(Settings(home=tmp_path / "file"))
    logs.get_logger("batch").info("nowhere")
