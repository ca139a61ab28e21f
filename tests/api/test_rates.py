"""How often: a caller by its token, an address that comes without a good one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.api.authentication import issue_token
from jophiel.api.pages import FOLDER
from jophiel.api.problems import Problem
from jophiel.api.services import Limiter, _network
from jophiel.api.settings import ApiSettings
from tests.api.conftest import CLOSED, SECRET, furnish

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from tests.api.conftest import Serve, Served

SLOW = 0.02


def token(user: str | None, *scopes: str) -> str:
    return issue_token(CLOSED, user=user, scopes=scopes or ("feed:read",), seconds=60)


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


def until_refused(ask: Callable[[], Any], before: int) -> None:
    """Ask twice: so slow a rate lets one request through, and the next within fifty seconds is a 429."""
    assert ask().status_code == before
    late = ask()
    assert (late.status_code, late.headers["content-type"]) == (429, "application/problem+json")
    assert 1 <= int(late.headers["retry-after"]) <= 51


def test_a_user_is_told_when_to_come_back(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(ApiSettings(jwt_secret=SECRET, rate=SLOW))
    # Beside the router, and through it.
    until_refused(lambda: httpx2.get(f"{served.address}/v1/feed/1", headers=bearer(token("1"))), 200)
    until_refused(lambda: httpx2.get(f"{served.address}/v1/taste/ana", headers=bearer(token("ana"))), 200)


def test_a_user_is_not_taken_for_a_service_or_an_address(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(ApiSettings(jwt_secret=SECRET, rate=SLOW))
    for user, status in ((None, 200), ("service", 403), ("127.0.0.1", 403), ("1", 200)):
        assert httpx2.get(f"{served.address}/v1/feed/1", headers=bearer(token(user))).status_code == status


@pytest.mark.parametrize("path", ["/v1/feed/1", "/v1/taste/1", "/v1/admin/status"])
@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic eDp5"}])
def test_bad_tokens_are_limited_by_address(serve: Serve, path: str, header: dict[str, str]) -> None:
    served = serve(ApiSettings(jwt_secret=SECRET, address_rate=SLOW))
    until_refused(lambda: httpx2.get(served.address + path, headers=header), 401)


def test_a_bad_token_is_not_even_looked_at(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(ApiSettings(jwt_secret=SECRET, address_rate=SLOW))
    authenticator = served.app.state.services.authenticator
    checked: list[bytes] = []
    check = authenticator._check

    def watched(header: bytes) -> Any:
        checked.append(header)
        return check(header)

    monkeypatch.setattr(authenticator, "_check", watched)
    for number in range(5):
        httpx2.get(f"{served.address}/v1/taste/1", headers=bearer(f"guess {number}"))
    assert checked == [b"Bearer guess 0"]


def test_good_tokens_do_not_count_against_their_address(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(ApiSettings(jwt_secret=SECRET, address_rate=SLOW))
    headers = [bearer(token("1", "feed:read")), *(bearer(token(None, scope)) for scope in ("feed:read", "admin"))]
    for known in headers:
        assert [httpx2.get(f"{served.address}/v1/feed/1", headers=known).status_code for _ in range(3)] == [200] * 3
    until_refused(lambda: httpx2.get(f"{served.address}/v1/feed/1"), 401)
    # Who is known already goes on beside somebody who guesses.
    assert httpx2.get(f"{served.address}/v1/feed/1", headers=headers[0]).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "before"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/docs", 200),
        ("GET", "/", 200),
        ("GET", "/static/app.js", 200),
        ("GET", "/static/nothing", 404),
        ("GET", "/nothing", 404),
        ("POST", "/v1/feed/1", 405),
        ("PROPFIND", "/v1/feed/1", 405),
    ],
)
def test_open_routes_are_limited_by_address(serve: Serve, method: str, path: str, before: int) -> None:
    served = serve(ApiSettings(jwt_secret=SECRET, address_rate=SLOW))
    until_refused(lambda: httpx2.request(method, served.address + path), before)


def test_without_a_key_the_address_is_the_caller(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(ApiSettings(rate=SLOW))
    until_refused(lambda: httpx2.get(f"{served.address}/v1/feed/1"), 200)
    other = serve(ApiSettings(rate=SLOW, address_rate=SLOW))
    assert httpx2.get(f"{other.address}/v1/taste/1").status_code == 200
    until_refused(lambda: httpx2.get(f"{other.address}/health/live"), 200)


def test_the_page_comes_whole_at_the_rate_that_is_set_by_itself(serve: Serve) -> None:
    served: Served = serve(ApiSettings.from_environment({"JOPHIEL_JWT_SECRET": SECRET, "JOPHIEL_RATE": "1"}))
    names = ["", *(f"static/{file.name}" for file in FOLDER.iterdir())]
    with httpx2.Client(base_url=served.address) as client:
        assert {client.get(f"/{name}").status_code for name in names} == {200}


def test_settings() -> None:
    def rates(**given: str) -> tuple[float, float]:
        found = ApiSettings.from_environment(given)
        return found.rate, found.address_rate

    assert rates() == (0, 0)
    assert rates(JOPHIEL_RATE="5") == (5, 50)
    assert rates(JOPHIEL_RATE="5", JOPHIEL_ADDRESS_RATE="0") == (5, 0)
    assert rates(JOPHIEL_ADDRESS_RATE="7") == (0, 7)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("jophiel.api.services.time.monotonic", lambda: self.now)


def admitted(limiter: Limiter, caller: str) -> int:
    for count in range(1000):
        try:
            limiter.take(caller)
        except Problem:
            return count
    return 1000


@pytest.mark.parametrize(("rate", "burst"), [(2, 4), (10, 20), (0.1, 1)])
def test_a_bucket(monkeypatch: pytest.MonkeyPatch, rate: float, burst: int) -> None:
    clock = Clock(monkeypatch)
    limiter = Limiter(rate)
    assert (admitted(limiter, "a"), admitted(limiter, "b")) == (burst, burst)
    clock.now += 1 / rate + 1e-6
    assert admitted(limiter, "a") == 1
    limiter.give_back("a")
    assert admitted(limiter, "a") == 1
    clock.now += 1000
    assert admitted(limiter, "a") == burst
    with pytest.raises(Problem) as caught:
        limiter.take("a")
    ((_, seconds),) = caught.value.headers
    clock.now += int(seconds)
    assert admitted(limiter, "a") >= 1


def test_many_callers_take_no_more_room_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jophiel.api.services._CALLERS", 10)
    clock = Clock(monkeypatch)
    limiter = Limiter(0.1)
    assert admitted(limiter, "slow") == 1
    clock.now += 5
    for number in range(9):
        limiter.take(f"caller {number}")
    limiter.take("one more")
    # Five seconds are not enough to forget at this rate.
    assert admitted(limiter, "slow") == 0
    clock.now += 11
    limiter.take("another")
    assert list(limiter._buckets) == ["another"]


def test_an_address_of_ipv6_is_that_of_its_network() -> None:
    assert _network("127.0.0.1") == "127.0.0.1"
    assert _network("2001:db8::1") == _network("2001:db8::ffff:1") != _network("2001:db8:0:1::1")
    assert _network("testclient") == "testclient"
