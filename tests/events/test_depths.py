"""What the API tells of the broker."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from jophiel.api.settings import ApiSettings
from jophiel.events.messages import Outgoing
from jophiel.events.topology import depths
from tests.api.conftest import grant, running
from tests.support.broker import free_ports
from tests.support.consumers import ready, send, until

if TYPE_CHECKING:
    from jophiel.settings import Settings


def test_messages_that_wait_are_told(settings: Settings, database_url: str) -> None:
    grant(database_url)
    assert send(settings, [Outgoing("user.interaction.like", b"{}")] * 3) == 3
    until(lambda: ready(settings, settings.broker.queue) == 3)
    with running(database_url, ApiSettings(), partial(depths, settings)) as served, served.client() as client:
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
    with running(database_url, ApiSettings(), partial(depths, nameless)) as served, served.client() as client:
        found = client.broker()
    assert (found.answers, found.queue, found.dead_letters) == (True, None, 0)

    away = replace(settings, broker=replace(settings.broker, url=f"amqp://me:secret@127.0.0.1:{free_ports(1)[0]}/"))
    with running(database_url, ApiSettings(), partial(depths, away)) as served, served.client() as client:
        found = client.broker()
    assert not found.answers
    assert "cannot be reached" in (found.reason or "")
    assert "secret" not in (found.reason or "")
