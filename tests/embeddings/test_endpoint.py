"""The endpoint's client against a small real server."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from jophiel.embeddings.encoder import open_encoder
from jophiel.embeddings.endpoint import Endpoint
from jophiel.errors import EmbeddingError, SettingsError
from jophiel.settings import EmbeddingSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-very-secret"


class Server(ThreadingHTTPServer):
    """Answers with what is queued (status, headers, body), and then with vectors that spell the texts' lengths."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.queued: deque[tuple[int, dict[str, str], bytes]] = deque()
        self.requests: list[tuple[str, str | None, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

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
            rows = [{"index": n, "embedding": [3.0, 4.0, len(text)]} for n, text in enumerate(body["input"])]
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


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def endpoint(server: Server, pauses: list[float]) -> Endpoint:
    return Endpoint(server.url, "some-model", key=KEY, timeout=5, sleep=pauses.append)


def test_asks_as_the_contract_says(endpoint: Endpoint, server: Server) -> None:
    vectors = endpoint.encode(["a", "bb"])
    assert server.requests == [
        ("/v1/embeddings", f"Bearer {KEY}", {"model": "some-model", "input": ["a", "bb"], "encoding_format": "float"})
    ]
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array([[3, 4, 1], [3, 4, 2]]) / np.sqrt([[26], [29]]), abs=1e-6)


def test_asks_for_many_texts_in_parts_and_for_none_not_at_all(endpoint: Endpoint, server: Server) -> None:
    assert len(endpoint.encode([])) == 0
    assert server.requests == []
    vectors = endpoint.encode(["x" * n for n in range(1, 131)])
    assert [len(body["input"]) for _, _, body in server.requests] == [64, 64, 2]
    assert np.argsort(vectors[:, 2]).tolist() == list(range(130))


def test_asks_again_while_the_endpoint_is_busy_or_broken(
    endpoint: Endpoint, server: Server, pauses: list[float]
) -> None:
    server.queue(429, Retry_After="7")
    server.queue(503)
    server.queue(500, Retry_After="soon")
    assert endpoint.encode(["a"]).shape == (1, 3)
    assert pauses[0] == 7
    assert 1 <= pauses[1] <= 2
    assert 2 <= pauses[2] <= 4


def test_gives_up_and_says_what_it_was_told_without_the_key(
    endpoint: Endpoint, server: Server, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        server.queue(429, f"slow down, {KEY}", Retry_After="3600")
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(EmbeddingError, match=r"answers 429: slow down, \*\*\*") as caught,
    ):
        endpoint.encode(["a"])
    assert pauses == [30] * 4
    assert KEY not in caplog.text + str(caught.value) + repr(caught.value.__cause__)


def test_does_not_repeat_what_was_refused(endpoint: Endpoint, server: Server, pauses: list[float]) -> None:
    server.queue(401, {"error": {"message": "who are you"}})
    with pytest.raises(EmbeddingError, match=r"answers 401: .*who are you.*JOPHIEL_EMBEDDINGS_KEY"):
        endpoint.encode(["a"])
    assert len(server.requests) == 1
    assert pauses == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html>", "something else"),
        ({"data": [{"index": 0, "embedding": ["x"]}]}, "something else"),
        ({"data": []}, "0 vectors for 2 texts"),
        ({"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}, "2 vectors for 2 texts"),
        ({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1, 2]}]}, "several lengths"),
        ({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [0]}]}, "zeros"),
        ('{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1e999]}]}', "infinity|something else"),
    ],
)
def test_believes_no_answer_that_is_none(endpoint: Endpoint, server: Server, body: object, words: str) -> None:
    server.queue(200, body)
    with pytest.raises(EmbeddingError, match=words):
        endpoint.encode(["a", "b"])


def test_says_that_nobody_is_there(pauses: list[float]) -> None:
    with serving() as gone:
        url = gone.url
    with pytest.raises(EmbeddingError, match=r"cannot be reached: ConnectError"):
        Endpoint(url, "m", sleep=pauses.append).encode(["a"])
    assert len(pauses) == 4


def test_settings_choose_the_encoder(server: Server) -> None:
    environment = {"JOPHIEL_HOME": "/x", "JOPHIEL_EMBEDDINGS_URL": server.url, "JOPHIEL_EMBEDDINGS_KEY": KEY}
    with pytest.raises(SettingsError, match="JOPHIEL_EMBEDDINGS_MODEL is not"):
        Settings.from_environment(environment)
    settings = Settings.from_environment({**environment, "JOPHIEL_EMBEDDINGS_MODEL": "m"})
    assert KEY not in repr(settings)
    encoder = open_encoder(settings.embeddings)
    assert encoder.name == "m"
    assert encoder.encode(["a"]).shape == (1, 3)
    with pytest.raises(SettingsError, match="no address of HTTP"):
        Settings.from_environment({**environment, "JOPHIEL_EMBEDDINGS_MODEL": "m", "JOPHIEL_EMBEDDINGS_URL": "x:/y"})


def test_settings_name_the_local_model_or_nothing() -> None:
    assert open_encoder(EmbeddingSettings(model="all-MiniLM-L6-v2")).name == "all-MiniLM-L6-v2"
    with pytest.raises(SettingsError, match="nothing says"):
        open_encoder(EmbeddingSettings())
    with pytest.raises(SettingsError, match="no JOPHIEL_EMBEDDINGS_URL"):
        open_encoder(EmbeddingSettings(model="other"))
