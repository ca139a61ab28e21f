"""A small OpenAI-compatible endpoint."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
import zlib
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def numbers(text: str) -> list[float]:
    """Return a vector of 32 numbers: 1, and how often each of some hashes of words is there."""
    found = [1.0, *[0.0] * 31]
    for word in re.findall(r"\w+", text.lower()):
        found[1 + zlib.crc32(word.encode()) % 31] += 1
    return found


class Server(ThreadingHTTPServer):
    """Answers with what is queued (status, headers, body), and then with the texts' words counted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.queued: deque[tuple[int, dict[str, str], bytes]] = deque()
        # What vectors mean: texts that share words are alike.
        self.busy_seconds = 0.0
        self.length = 32
        self.requests: list[tuple[str, str | None, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *about: Any) -> None:
        """Who asked may have gone meanwhile."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*about)

    def queue(self, status: int, body: object = "", **headers: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.queued.append((status, headers, text.encode()))


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, self.headers.get("authorization"), body))
        if self.server.queued:
            status, headers, content = self.server.queued.popleft()
        else:
            time.sleep(self.server.busy_seconds)
            rows = [
                {"index": n, "embedding": numbers(text)[: self.server.length]} for n, text in enumerate(body["input"])
            ]
            # Out of order, which the contract allows.
            status, headers, content = 200, {}, json.dumps({"data": rows[::-1]}).encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
