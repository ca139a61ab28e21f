"""What the API tells of the broker."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jophiel.api.broker import BrokerWatch
from jophiel.api.settings import ApiSettings
from jophiel.events.control import BrokerControl
from jophiel.events.messages import Outgoing
from jophiel.events.topology import QueueDepth
from tests.api.conftest import grant, running
from tests.support.broker import free_ports
from tests.support.consumers import ready, send, until
from tests.support.control import FakeControl

if TYPE_CHECKING:
    import pytest

    from jophiel.settings import Settings


def test_messages_that_wait_are_told(settings: Settings, database_url: str) -> None:
    grant(database_url)
    assert send(settings, [Outgoing("user.interaction.like", b"{}")] * 3) == 3
    until(lambda: ready(settings, settings.broker.queue) == 3)
    with running(database_url, ApiSettings(), BrokerControl(settings)) as served, served.client() as client:
        found = client.broker()
        metrics = client.request("GET", "/metrics").text

    assert found.answers
    assert found.queue is not None
    assert (found.queue.messages, found.queue.consumers, found.dead_letters) == (3, 0, 0)
    assert 'jophiel_queue_messages{queue="events"} 3.0' in metrics
    assert 'jophiel_queue_messages{queue="dead_letters"} 0.0' in metrics


def test_queues_and_brokers_that_are_not_there(settings: Settings, database_url: str) -> None:
    grant(database_url)
    nameless = replace(settings, broker=replace(settings.broker, queue="nothing of this name"))
    with running(database_url, ApiSettings(), BrokerControl(nameless)) as served, served.client() as client:
        found = client.broker()
    assert (found.answers, found.queue, found.dead_letters) == (True, None, 0)

    away = replace(settings, broker=replace(settings.broker, url=f"amqp://me:secret@127.0.0.1:{free_ports(1)[0]}/"))
    with running(database_url, ApiSettings(), BrokerControl(away)) as served, served.client() as client:
        found = client.broker()
    assert not found.answers
    assert "cannot be reached" in (found.reason or "")
    assert "secret" not in (found.reason or "")


def test_a_broker_that_says_nothing_keeps_nobody_waiting(settings: Settings, database_url: str) -> None:
    grant(database_url)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://127.0.0.1:{silent.getsockname()[1]}/"
        mute = replace(settings, broker=replace(settings.broker, url=url))
        with running(database_url, ApiSettings(), BrokerControl(mute)) as served, served.client() as client:
            began = time.monotonic()
            found = client.broker()
            assert time.monotonic() - began < 5
            assert (found.answers, found.reason) == (False, "the broker has not answered yet")
            silent.close()


def test_what_is_known_is_told_while_it_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jophiel.api.broker._SECONDS", 0.0)
    answers, second = threading.Event(), threading.Event()
    asked: list[int] = []

    class Slow(FakeControl):
        def depths(self) -> tuple[QueueDepth, QueueDepth]:
            asked.append(1)
            if len(asked) > 1:
                second.set()
                answers.wait(20)
            return QueueDepth("events", len(asked), 0), QueueDepth("dead", 0, 0)

    async def scenario() -> None:
        watch = BrokerWatch(Slow())

        async def messages() -> int | None:
            queue = (await watch.status()).queue
            return queue.messages if queue else None

        assert await messages() == 1
        began = time.monotonic()
        assert await messages() == 1
        await asyncio.to_thread(second.wait, 10)
        assert await messages() == 1
        assert time.monotonic() - began < 1
        answers.set()
        async with asyncio.timeout(10):
            while await messages() == 1:
                await asyncio.sleep(0.01)

    asyncio.run(scenario())
