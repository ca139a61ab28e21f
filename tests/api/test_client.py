"""The typed client: what its methods of one line do not show by being used in all other tests."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.api.authentication import issue_token
from jophiel.api.settings import ApiSettings
from jophiel.client import ApiError, Client, FeedChange
from tests.api.conftest import CLOSED, furnish, grant, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.api.conftest import Serve

QUICK = ApiSettings(live_seconds=0.05, stop_seconds=2)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept, none of which is."""
    found: list[float] = []
    monkeypatch.setattr("jophiel.client.time.sleep", found.append)
    return found


def event(name: str, number: int, **payload: object) -> dict[str, object]:
    return {
        "event_name": name,
        "event_id": str(uuid.UUID(int=number, version=4)),
        "event_timestamp": "2026-01-01T00:00:00Z",
        "source": "tests",
        "payload": payload,
    }


def test_events_each_with_its_outcome(api: Client, db: psycopg.Connection[Any]) -> None:
    sent: list[dict[str, object]] = [
        event("user.interaction.like", 1, user_id=1, sample_id=3),
        event("user.interaction.like", 1, user_id=1, sample_id=3),
        event("user.interaction.like", 2, user_id="ana", sample_id="not yet"),
        event("no.such.name", 3),
        {"event_name": "user.interaction.like"},
    ]
    found = api.send_events(sent).results
    assert [one.outcome for one in found] == ["applied", "duplicate", "pending", "rejected", "rejected"]
    assert found[0].reason is None
    assert "no.such.name" in (found[3].reason or "")
    assert [one.outcome for one in api.send_events(sent[:1]).results] == ["duplicate"]
    assert db.execute("select count(*) from jophiel.interactions where item_id = 3").fetchone() == (1,)
    with pytest.raises(ApiError) as caught:
        api.send_events([])
    assert caught.value.status == 422


def test_changes_come_as_they_happen(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    with serve(QUICK).client() as client:
        stored = client.feed(1).generation
        changes = client.live(1)
        first = next(changes)
        assert first == FeedChange("1", "main", stored, first.version)
        client.record(1, 4, "like")
        second = next(changes)
        assert (second.generation, second.version != first.version) == (None, True)
        db.execute("call jophiel.run_batch()")
        # The stages of the batch may be seen one by one.
        made = next(change.generation for change in changes if change.generation is not None)
        assert made == client.feed(1).generation > stored
        changes.close()
        # Of what is known already nothing is said again; what changed meanwhile is.
        again = client.live(1, known=first.version)
        assert next(again).generation == client.feed(1).generation
        again.close()


def test_a_server_that_starts_again_is_found_again(
    database_url: str, db: psycopg.Connection[Any], pauses: list[float]
) -> None:
    furnish(db)
    grant(database_url)
    with running(database_url, QUICK) as served:
        client = served.client()
        changes = client.live(1)
        first = next(changes)
    db.execute("select jophiel.record_interaction(1, 4, 'like')")
    with running(database_url, QUICK, port=served.port):
        second = next(changes)
        assert (second.generation, second.version != first.version) == (None, True)
    assert pauses
    changes.close()
    client.close()


def test_what_does_not_pass_is_raised(serve: Serve, db: psycopg.Connection[Any], pauses: list[float]) -> None:
    furnish(db)
    served = serve(replace(CLOSED, live_seconds=0.05))

    def bearer(*scopes: str, seconds: int = 60) -> str:
        return issue_token(CLOSED, user="1", scopes=scopes, seconds=seconds)

    for user, token, status in ((1, None, 401), (1, bearer("events:write"), 403), ("ana", bearer("feed:read"), 403)):
        with served.client(token) as client, pytest.raises(ApiError) as caught:
            next(client.live(user))
        assert caught.value.status == status
    # A user who is forgotten ends the stream, and is not found when it is asked for again.
    with served.client(issue_token(CLOSED, user=None, scopes=("feed:read",), seconds=60)) as client:
        changes = client.live("ana")
        assert next(changes).user_id == "ana"
        db.execute("select jophiel.delete_user('ana')")
        with pytest.raises(ApiError) as caught:
            next(changes)
        assert (caught.value.status, caught.value.problem and caught.value.problem.code) == (404, "JO002")


class Parts(httpx2.SyncByteStream):
    """A stream that ends as a connection that is cut does."""

    def __init__(self, *parts: str) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            yield part.encode()
        raise httpx2.ReadError("cut off")


def test_it_waits_longer_and_longer_and_as_long_as_it_is_told(pauses: list[float]) -> None:
    told = 'event: feed\nid: v{0}\ndata: {{"user_id": "1", "feed": "main", "generation": {0}}}\n\n'
    answers: list[httpx2.Response | Exception] = [
        httpx2.ConnectError("away"),
        httpx2.Response(502, text="a proxy's page"),
        httpx2.Response(503, headers={"retry-after": "17"}),
        httpx2.Response(
            200,
            headers={"content-type": "text/event-stream"},
            stream=Parts("retry: 2000\n\n", ": here\n\n", told.format(1)[:20], told.format(1)[20:], told.format(2)),
        ),
        httpx2.ReadTimeout("silence"),
        httpx2.Response(200, headers={"content-type": "text/event-stream"}, text=told.format(3)),
        httpx2.Response(410),
    ]
    asked: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.headers.get("last-event-id"))
        found = answers[len(asked) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    http = httpx2.Client(base_url="http://server", transport=httpx2.MockTransport(answer))
    changes = Client("", http=http).live(1)
    assert [next(changes) for _ in range(3)] == [FeedChange("1", "main", n, f"v{n}") for n in (1, 2, 3)]
    with pytest.raises(ApiError) as caught:
        next(changes)
    assert (caught.value.status, caught.value.problem) == (410, None)
    assert asked == [None, None, None, None, "v2", "v2", "v3"]
    bounds = [(0.25, 0.5), (0.5, 1), (17, 17), (0.25, 0.5), (0.5, 1), (0.25, 0.5)]
    assert len(pauses) == len(bounds)
    for pause, (low, high) in zip(pauses, bounds, strict=True):
        assert low <= pause <= high
