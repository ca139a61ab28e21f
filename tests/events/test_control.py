"""Dead letters over HTTP: read without taking them, sent again, thrown away, on a real broker."""

from __future__ import annotations

import json
import socket
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jophiel.api.authentication import issue_token
from jophiel.api.settings import ApiSettings
from jophiel.client import ApiError
from jophiel.events.control import BrokerControl
from jophiel.events.dead_letters import Delivery, bury
from tests.api.conftest import CLOSED, grant, running
from tests.events.test_consumer import like
from tests.support.broker import free_ports
from tests.support.consumers import ready, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from jophiel.client import Client
    from jophiel.settings import Settings
    from tests.events.conftest import StartConsumer


@contextmanager
def client_of(settings: Settings, url: str) -> Iterator[Client]:
    grant(url)
    with running(url, ApiSettings(), BrokerControl(settings)) as served, served.client() as client:
        yield client


def put_aside(settings: Settings, bodies: list[bytes], reason: str = "not JSON") -> None:
    before = ready(settings, settings.broker.dead_letter_queue) or 0
    bury(settings, [(Delivery(n, "user.interaction.like", {}, body), reason) for n, body in enumerate(bodies)])
    until(lambda: ready(settings, settings.broker.dead_letter_queue) == before + len(bodies))


def refused(call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def test_they_are_read_and_stay(settings: Settings, database_url: str) -> None:
    bodies = [f"rubbish {n} {'x' * 3000}".encode() for n in range(30)]
    with client_of(settings, database_url) as client:
        nothing = client.dead_letters()
        assert (nothing.dead_letters, nothing.total) == ([], 0)
        put_aside(settings, bodies)
        for _ in range(5):
            # The oldest, each time: what is read goes back to where it was.
            found = client.dead_letters(limit=3)
            assert [letter.body[:9] for letter in found.dead_letters] == ["rubbish 0", "rubbish 1", "rubbish 2"]
            assert found.total == 30
            until(lambda: ready(settings, settings.broker.dead_letter_queue) == 30)
        letter = found.dead_letters[0]
        assert (letter.reason, letter.routing_key, letter.event_id) == ("not JSON", "user.interaction.like", None)
        assert (letter.bytes, len(letter.body)) == (3010, 2000)
        assert letter.dead_lettered_at is not None
        assert len(client.dead_letters(limit=100).dead_letters) == 30
        for limit in (0, 101):
            assert refused(lambda limit=limit: client.dead_letters(limit=limit)).status == 422  # type: ignore[misc]


def test_they_are_sent_again(
    settings: Settings, database_url: str, consume: StartConsumer, db: psycopg.Connection[Any]
) -> None:
    mended = [json.dumps({**like(user), "event_name": "film.seen"}).encode() for user in (1, 2, 3)]
    put_aside(settings, [*mended, b"rubbish"], "unknown name")
    db.execute(
        "insert into jophiel.event_types (event_name, action, interaction_type, user_field, item_field) "
        "values ('film.seen', 'interact', 'like', 'user_id', 'sample_id')"
    )
    with client_of(settings, database_url) as client:
        assert (client.replay_dead_letters(limit=2).replayed, client.dead_letters().total) == (2, 2)
        consume()
        until(lambda: db.execute("select count(*) from jophiel.interactions").fetchone() == (2,))
        assert client.replay_dead_letters().replayed == 2
        until(lambda: db.execute("select count(*) from jophiel.interactions").fetchone() == (3,))
        # What is still malformed comes back.
        until(lambda: [letter.body for letter in client.dead_letters().dead_letters] == ["rubbish"])
        put_aside(settings, [b"more"])
        assert client.purge_dead_letters().purged == 2
        assert client.dead_letters().total == 0
        replayed = client.replay_dead_letters()
        assert (replayed.replayed, replayed.left, client.purge_dead_letters().purged) == (0, 0, 0)


def test_a_broker_without_queues_has_none(settings: Settings, database_url: str) -> None:
    names = replace(settings.broker, queue="nothing of this name", dead_letter_queue="nor of this")
    with client_of(replace(settings, broker=names), database_url) as client:
        assert client.dead_letters().total == 0
        assert client.replay_dead_letters().replayed == 0
        assert client.purge_dead_letters().purged == 0


def test_without_a_broker_and_with_one_that_is_away(settings: Settings, database_url: str) -> None:
    url = f"amqp://me:secret@127.0.0.1:{free_ports(1)[0]}/"
    with client_of(replace(settings, broker=replace(settings.broker, url=url)), database_url) as client:
        for call in (client.dead_letters, client.replay_dead_letters, client.purge_dead_letters):
            error = refused(call)
            assert (error.status, error.message) == (503, "The broker cannot be used at the moment. Try again.")
    with running(database_url, ApiSettings()) as served, served.client() as client:
        for call in (client.dead_letters, client.replay_dead_letters, client.purge_dead_letters):
            error = refused(call)
            assert (error.status, error.message) == (409, "No broker is configured.")
            assert "JOPHIEL_AMQP_URL" in error.hint


def test_a_broker_that_says_nothing_keeps_nobody_waiting(
    settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jophiel.api.dead_letters._WAIT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://127.0.0.1:{silent.getsockname()[1]}/"
        with client_of(replace(settings, broker=replace(settings.broker, url=url)), database_url) as client:
            began = time.monotonic()
            error = refused(client.dead_letters)
            assert time.monotonic() - began < 5
            assert (error.status, error.message.split(";")[0]) == (503, "The broker has not answered yet")
            silent.close()


def test_only_for_operators(settings: Settings, database_url: str) -> None:
    grant(database_url)
    with running(database_url, CLOSED, BrokerControl(settings)) as served:
        for scopes, status in ((("feed:read", "events:write", "catalogue:write"), 403), (None, 401)):
            token = issue_token(CLOSED, user=None, scopes=scopes, seconds=60) if scopes else None
            with served.client(token) as client:
                for call in (client.dead_letters, client.replay_dead_letters, client.purge_dead_letters):
                    assert refused(call).status == status
        with served.client(issue_token(CLOSED, user=None, scopes=("admin",), seconds=60)) as client:
            assert client.dead_letters().total == 0
