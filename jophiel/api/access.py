"""The access log: one JSON object a request, without queries and headers, which may hold what is nobody's business.

Lines are collected and written a few times a second, so that a request does not wait for a disk.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING

from jophiel.logs import Lines, get_logger

if TYPE_CHECKING:
    from typing import TypeAlias

_SECONDS = 0.25
_MOST_LINES = 128
_PATH_LENGTH = 500

# When it ended, request id, method, path, route, status, seconds, bytes, client, caller.
Entry: TypeAlias = "tuple[float, str, str, str, str, int, float, int, str, str]"


class AccessLog:
    """Collects lines; `run` writes them until it is cancelled, `flush` writes what is left."""

    def __init__(self) -> None:
        self._logger = get_logger("access")
        self._entries: list[Entry] = []
        self._second = 0
        self._time = ""

    def note(self, entry: Entry) -> None:
        """Note a request; its line is made when it is written."""
        self._entries.append(entry)
        if len(self._entries) >= _MOST_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what was collected."""
        entries, self._entries = self._entries, []
        if entries and self._logger.isEnabledFor(logging.INFO):
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

    async def run(self) -> None:
        """Write a few times a second."""
        while True:
            await asyncio.sleep(_SECONDS)
            self.flush()
