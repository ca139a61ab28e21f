"""Pages beside ASGI answer as the routes do. A percent sign in the path sends a request the ordinary way."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx2
import psycopg
import pytest

from jophiel.api.authentication import FEED_READ, issue_token
from jophiel.api.settings import ApiSettings
from tests.api.conftest import CLOSED, furnish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Serve, Served

PATIENCE = 20


@pytest.fixture
def served(serve: Serve, db: psycopg.Connection[Any]) -> Served:
    furnish(db)
    return serve()


@pytest.fixture
def raw(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.settimeout(PATIENCE)
        yield connection


def ways(user: str) -> tuple[str, str]:
    """The same user's key, plain and escaped."""
    return user, f"%{ord(user[0]):02X}{user[1:]}"


def is_hot(served: Served, path: str, headers: dict[str, str] | None = None) -> bool:
    """Whether a request goes beside ASGI."""
    seen: list[str] = []
    ordinary = served.app.edge._pass_on

    async def pass_on(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        await ordinary(scope, receive, send)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(served.app.edge, "_pass_on", pass_on)
        httpx2.get(f"{served.address}{path}", headers=headers)
    return not seen


def compared(answer: httpx2.Response) -> tuple[int, dict[str, str], Any]:
    """What two ways have to have in common."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "x-request-id")}
    body = json.loads(answer.content) if answer.content else None
    if isinstance(body, dict):
        body.pop("request_id", None)
    return answer.status_code, headers, body


@pytest.mark.parametrize("kind", ["", "points/"])
@pytest.mark.parametrize("user", ["1", "ana", "nobody"])
@pytest.mark.parametrize("query", ["", "?per_page=3&page=2", "?page=99", "?per_page=0", "?page=x", "?pge=2"])
def test_both_ways_answer_the_same(served: Served, kind: str, user: str, query: str) -> None:
    plain, escaped = ways(user)
    # One client: what a first answer says of the connection is in both.
    with httpx2.Client(base_url=served.address) as client:
        hot = client.get(f"/v1/feed/{kind}{plain}{query}", headers={"x-request-id": "mine"})
        ordinary = client.get(f"/v1/feed/{kind}{escaped}{query}", headers={"x-request-id": "mine"})
    assert hot.headers["x-request-id"] == ordinary.headers["x-request-id"] == "mine"
    assert hot.status_code == {"nobody": 404}.get(user, 200) if query in ("", "?per_page=3&page=2", "?page=99") else 422
    if hot.status_code == 404:
        assert hot.json()["detail"] == ordinary.json()["detail"]
    assert compared(hot) == compared(ordinary)


def test_what_is_plain_goes_the_short_way_and_nothing_else_does(served: Served) -> None:
    assert is_hot(served, "/v1/feed/1")
    assert is_hot(served, "/v1/feed/points/ana?page=2")
    assert not is_hot(served, "/v1/feed/%31")
    assert not is_hot(served, "/v1/feed/1/x")
    assert not is_hot(served, "/v1/feed/1?page=0")
    assert not is_hot(served, "/v1/feed/1?pge=2")
    assert not is_hot(served, "/v1/feed/1", {"connection": "close"})
    assert not is_hot(served, "/v1/feed/1", {"content-length": "0"})
    assert not is_hot(served, "/v1/taste/1")


def test_a_page_that_the_caller_has_is_a_304(served: Served) -> None:
    with httpx2.Client(base_url=served.address) as client:
        first = client.get("/v1/feed/1")
        found = [client.get(f"/v1/feed/{key}", headers={"if-none-match": first.headers["etag"]}) for key in ways("1")]
    assert [(answer.status_code, answer.content) for answer in found] == [(304, b""), (304, b"")]
    assert compared(found[0]) == compared(found[1])


def test_a_large_page_is_compressed(served: Served, db: psycopg.Connection[Any]) -> None:
    db.execute(
        "update jophiel.feeds set item_ids = (select array_agg(100000000 + n) from generate_series(1, 200) as n), "
        "scores = (select array_agg(n::real) from generate_series(1, 200) as n) where user_id = 1"
    )
    found = [
        httpx2.get(f"{served.address}/v1/feed/{key}?per_page=100", headers={"accept-encoding": "gzip"})
        for key in ways("1")
    ]
    assert [answer.headers["content-encoding"] for answer in found] == ["gzip", "gzip"]
    assert compared(found[0]) == compared(found[1])
    assert len(found[0].json()["sample_ids"]) == 100


def test_pages_are_for_who_may_read_them(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(CLOSED)
    own = issue_token(CLOSED, user="1", scopes=(FEED_READ,), seconds=60)
    other = issue_token(CLOSED, user="2", scopes=(FEED_READ,), seconds=60)
    none = issue_token(CLOSED, user="1", scopes=(), seconds=60)
    for path in ("/v1/feed/1", "/v1/feed/%31"):
        found = [
            httpx2.get(f"{served.address}{path}", headers={"authorization": f"Bearer {token}"} if token else {})
            for token in (own, other, none, own + "x", None)
        ]
        assert [answer.status_code for answer in found] == [200, 403, 403, 401, 401]
    assert is_hot(served, "/v1/feed/1", {"authorization": f"Bearer {own}"})


def test_a_rate_counts_both_ways_once(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(ApiSettings(rate=0.01))
    assert [httpx2.get(f"{served.address}/v1/feed/1").status_code for _ in range(2)] == [200, 429]


def test_a_host_of_elsewhere_is_refused(served: Served) -> None:
    assert httpx2.get(f"{served.address}/v1/feed/1", headers={"host": "elsewhere.example"}).status_code == 421


def test_requests_in_one_packet_are_answered_in_order(raw: socket.socket) -> None:
    paths = ["/v1/feed/1?per_page=1", "/v1/feed/%31?per_page=2", "/v1/feed/ana?per_page=3", "/health/live"]
    raw.sendall(b"".join(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode() for path in paths))
    found = b""
    while not found.endswith(b'{"status":"ok"}'):
        part = raw.recv(65536)
        assert part
        found += part
    bodies = [json.loads(part.split(b"\r\n\r\n")[1]) for part in found.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert [len(body.get("sample_ids", [])) for body in bodies] == [1, 2, 3, 0]
    assert [body.get("user_id") for body in bodies] == [1, 1, "ana", None]


def test_a_caller_who_has_gone_is_counted_and_harms_nobody(served: Served, db: psycopg.Connection[Any]) -> None:
    edge = served.app.edge
    with db.transaction():
        db.execute("lock table jophiel.tastes in access exclusive mode")
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            connection.sendall(b"GET /v1/feed/1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
            deadline = time.monotonic() + PATIENCE
            while not edge._running:
                assert time.monotonic() < deadline
                time.sleep(0.01)
    assert httpx2.get(f"{served.address}/v1/feed/1").status_code == 200
    deadline = time.monotonic() + PATIENCE
    while edge._running:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_requests_under_way_are_answered_before_it_stops(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve()
    with ThreadPoolExecutor(1) as pool, httpx2.Client(base_url=served.address, timeout=PATIENCE) as client:
        with db.transaction():
            db.execute("lock table jophiel.tastes in access exclusive mode")
            answer = pool.submit(client.get, "/v1/feed/1")
            deadline = time.monotonic() + PATIENCE
            while not served.app.edge._running:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            served.stop()
            time.sleep(0.3)
        assert (answer.result().status_code, answer.result().headers["connection"]) == (200, "close")


def test_a_fault_of_ours_is_a_500_and_the_connection_goes_on(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = served.app.state.services.gateway

    async def fail(_page: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(gateway, "feed_page_alone", fail)
    with httpx2.Client(base_url=served.address) as client:
        answer = client.get("/v1/feed/nobody")
        assert (answer.status_code, answer.json()["type"]) == (500, "urn:jophiel:problem:internal")
        assert client.get("/v1/feed/1").status_code == 200


def test_an_error_of_the_statement_is_a_503_once_for_all(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = served.app.state.services.gateway

    def ask(_page: object, done: Any) -> None:
        done(None, psycopg.OperationalError("the connection is lost"))

    alone: list[object] = []
    monkeypatch.setattr(gateway.feed_pages, "ask", ask)
    monkeypatch.setattr(gateway, "feed_page_alone", alone.append)
    for key in ways("1"):
        answer = httpx2.get(f"{served.address}/v1/feed/{key}")
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:jophiel:problem:unavailable"
    assert alone == []


def test_pages_are_in_the_log_and_in_the_metrics(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    entries: list[Any] = []
    assert served.app.edge._access is not None
    monkeypatch.setattr(served.app.edge._access, "note", entries.append)
    with httpx2.Client(base_url=served.address) as client:
        answers = [client.get(f"/v1/feed/{key}") for key in ways("1")]
        # The second was noted before its answer could be followed by another.
        text = client.get("/metrics").text
    assert [entry[1] for entry in entries[:2]] == [answer.headers["x-request-id"] for answer in answers]
    hot, ordinary = (entry[2:6] + entry[7:] for entry in entries[:2])
    assert (
        hot
        == ordinary
        == ("GET", "/v1/feed/1", "/v1/feed/{user_id}", 200, len(answers[0].content), "127.0.0.1", "anybody")
    )
    assert 'jophiel_http_requests_total{method="GET",route="/v1/feed/{user_id}",status="200"} 2.0' in text
