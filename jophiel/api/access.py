"""The access log: one JSON object a request, without queries and headers, which may hold what is nobody's business.

Lines are collected and written by a thread, so that no request waits for a disk or for the rotation of a file.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING

from jophiel.logs import Lines, get_logger

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import TypeAlias

_SECONDS = 0.25
# As many lines as are made at once; while a thread makes them the loop waits.
_MOST_LINES = 256
# As many of these parts may wait for a slow disk; then requests wait for it too, as memory has an end.
_MOST_PARTS = 100
_PATH_LENGTH = 500

# When it ended, request id, method, path, route, status, seconds, bytes, client, caller.
Entry: TypeAlias = "tuple[float, str, str, str, str, int, float, int, str, str]"


class AccessLog:
    """Collects entries; `run` has them written until it is cancelled, `close` writes what is left."""

    def __init__(self) -> None:
        self._logger = get_logger("access")
        self._entries: list[Entry] = []
        self._parts: deque[Future[None]] = deque()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="access log")
        self._second = 0
        self._time = ""

    def note(self, entry: Entry) -> None:
        """Note a request; its line is made when it is written."""
        self._entries.append(entry)
        if len(self._entries) >= _MOST_LINES:
            self.flush()

    def flush(self) -> None:
        """Have what was collected written."""
        entries, self._entries = self._entries, []
        if not entries or not self._logger.isEnabledFor(logging.INFO):
            return
        while self._parts and self._parts[0].done():
            self._parts.popleft()
        if len(self._parts) >= _MOST_PARTS:
            wait([self._parts.popleft()])
        self._parts.append(self._writer.submit(self._write, entries))

    def close(self) -> None:
        """Write what is left, and wait for it."""
        self.flush()
        self._writer.shutdown()

    async def run(self) -> None:
        """Write a few times a second."""
        while True:
            await asyncio.sleep(_SECONDS)
            self.flush()

    def _write(self, entries: list[Entry]) -> None:
        self._logger.info(Lines.of(map(self._line, entries)))

    def _line(self, entry: Entry) -> str:
        now, request_id, method, path, route, status, seconds, size, client, caller = entry
        second = int(now)
        if second != self._second:
            self._second = second
            self._time = datetime.fromtimestamp(second, UTC).isoformat(timespec="seconds")[:19]
        return (
            f'{{"time": "{self._time}.{int(now % 1 * 1000):03d}+00:00", "level": "INFO", "logger": "jophiel.access",'
            f' "message": "request", "request_id": "{request_id}", "method": {quoted(method)},'
            f' "path": {quoted(path[:_PATH_LENGTH])}, "route": "{route}", "status": {status},'
            f' "ms": {seconds * 1000:.2f}, "bytes": {size}, "client": "{client}", "caller": {quoted(caller)}}}'
        )
