"""Where there is no key, a browser is told by its Origin and its Host: pages of elsewhere cannot write, whatever they
send, nor read by a name that means this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.api.settings import ApiSettings
from tests.api.conftest import CLOSED, furnish

if TYPE_CHECKING:
    import psycopg

    from tests.api.conftest import Serve

LIKE = '{"user_id": 1, "item_id": 4, "type": "like"}'


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://elsewhere.example", 403),
        ("http://localhost.elsewhere.example", 403),
        ("http://127.0.0.1.elsewhere.example:8000", 403),
        ("null", 403),
        ("https://allowed.example", 200),
        ("http://localhost:3000", 200),
        ("http://127.0.0.1:8000", 200),
        ("http://[::1]:8000", 200),
        (None, 200),
    ],
)
def test_pages_of_elsewhere_do_not_write(
    serve: Serve, db: psycopg.Connection[Any], origin: str | None, status: int
) -> None:
    furnish(db)
    served = serve(ApiSettings(cors_origins=("https://allowed.example",)))
    headers = {"origin": origin} if origin else {}
    # Without a content type, a browser asks nobody before it sends this.
    answer = httpx2.post(f"{served.address}/v1/interactions", content=LIKE, headers=headers)
    assert answer.status_code == status, answer.text
    assert httpx2.get(f"{served.address}/v1/users/1", headers=headers).status_code == 200
    if status == 403:
        assert "JOPHIEL_CORS_ORIGINS" in answer.json()["hint"]


def test_with_a_key_the_token_decides(serve: Serve) -> None:
    served = serve(CLOSED)
    headers = {"origin": "https://elsewhere.example"}
    assert httpx2.post(f"{served.address}/v1/interactions", content=LIKE, headers=headers).status_code == 401


PATHS = ("/v1/feed/1", "/v1/users/1", "/", "/static/app.js", "/metrics", "/nothing")


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("elsewhere.example", False),
        ("elsewhere.example:8000", False),
        ("localhost.elsewhere.example", False),
        ("127.0.0.1.elsewhere.example", False),
        ("127.0.0.2", False),
        ("[::2]:8000", False),
        ("", False),
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:1", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("allowed.example", True),
        ("allowed.example:8443", True),
    ],
)
def test_names_of_elsewhere_are_not_answered(
    serve: Serve, db: psycopg.Connection[Any], host: str, *, is_known: bool
) -> None:
    furnish(db)
    # The page of a feed has a way of its own where there are no origins.
    servers = [serve(ApiSettings(cors_origins=("https://allowed.example",)))]
    if "allowed" not in host:
        servers.append(serve(ApiSettings()))
    for served in servers:
        for path in PATHS:
            answer = httpx2.get(f"{served.address}{path}", headers={"host": host})
            assert (answer.status_code != 421) == is_known, (path, answer.text)
            if not is_known:
                assert answer.json()["type"] == "urn:jophiel:problem:misdirected"


def test_with_a_key_or_for_all_origins_the_name_does_not_matter(serve: Serve) -> None:
    for settings in (CLOSED, ApiSettings(cors_origins=("*",))):
        answer = httpx2.get(f"{serve(settings).address}/health/live", headers={"host": "elsewhere.example"})
        assert answer.status_code == 200
