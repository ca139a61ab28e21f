from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from typing import TYPE_CHECKING

import pytest

from jophiel import logs
from jophiel.api import access
from jophiel.api.access import AccessLog, Entry
from jophiel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 20


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    settings = Settings(home=tmp_path)
    logs.configure(settings)
    yield settings.logs
    for handler in list(logging.getLogger("jophiel").handlers):
        logging.getLogger("jophiel").removeHandler(handler)
        handler.close()


def entry(number: int, path: str = "/v1/feed/1") -> Entry:
    return 1_767_225_600.25, f"r-{number}", "GET", path, "/v1/feed/{user_id}", 200, 0.00123, 431, "127.0.0.1", "anybody"


def ids(file: Path) -> list[str]:
    return [json.loads(line)["request_id"] for line in file.read_text().splitlines()]


def test_every_request_has_a_line_in_both_files_in_their_order(folder: Path) -> None:
    log = AccessLog()
    expected = [f"r-{number}" for number in range(1000)]
    for number in range(1000):
        log.note(entry(number))
    log.close()
    assert ids(folder / "access.log") == expected
    assert ids(folder / "jophiel.log") == expected


def test_a_line_is_like_those_of_the_other_logs(folder: Path) -> None:
    log = AccessLog()
    log.note(entry(1, path='/v1/feed/"ü'))
    log.close()
    logs.get_logger("access").info("request", extra={"request_id": "r-2"})
    line, other = (json.loads(line) for line in (folder / "access.log").read_text().splitlines())
    assert line == {
        "time": "2026-01-01T00:00:00.250+00:00",
        "level": "INFO",
        "logger": "jophiel.access",
        "message": "request",
        "request_id": "r-1",
        "method": "GET",
        "path": '/v1/feed/"ü',
        "route": "/v1/feed/{user_id}",
        "status": 200,
        "ms": 1.23,
        "bytes": 431,
        "client": "127.0.0.1",
        "caller": "anybody",
    }
    assert set(other) - {"process"} <= set(line)


def test_lines_are_written_soon(folder: Path) -> None:
    async def serve() -> None:
        log = AccessLog()
        writer = asyncio.create_task(log.run())
        log.note(entry(1))
        deadline = time.monotonic() + PATIENCE
        while not (folder / "access.log").exists() or not ids(folder / "access.log"):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        writer.cancel()
        log.close()

    asyncio.run(serve())


class Stuck(logging.Handler):
    """A disk that writes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.may_write = threading.Event()
        self.parts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert self.may_write.wait(PATIENCE)
        self.parts.append(record.getMessage())


def test_requests_do_not_wait_for_a_slow_disk_until_much_waits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_MOST_LINES", 2)
    monkeypatch.setattr(access, "_MOST_PARTS", 3)
    disk = Stuck()
    logging.getLogger("jophiel.access").addHandler(disk)
    log = AccessLog()
    try:
        for number in range(6):
            log.note(entry(number))
        assert disk.parts == []
        # The next part would be a fourth that waits: its request waits too.
        more = threading.Thread(target=lambda: list(map(log.note, map(entry, (6, 7)))))
        more.start()
        more.join(0.2)
        assert more.is_alive()
        disk.may_write.set()
        more.join(PATIENCE)
        log.close()
    finally:
        logging.getLogger("jophiel.access").removeHandler(disk)
    expected = [f"r-{number}" for number in range(8)]
    assert [json.loads(line)["request_id"] for part in disk.parts for line in part.splitlines()] == expected
    assert ids(folder / "access.log") == expected


def test_a_full_disk_is_said_once_and_ends_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "access.log").symlink_to("/dev/full")
    monkeypatch.setattr(access, "_MOST_LINES", 1)
    log = AccessLog()
    for number in range(20):
        log.note(entry(number))
    log.close()
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert ids(folder / "jophiel.log") == [f"r-{number}" for number in range(20)]
