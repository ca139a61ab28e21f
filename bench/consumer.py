"""End to end through RabbitMQ: one consumer that applies events, and the same one when it only inserts them.

Of two mixtures: what a music service sees, mostly plays; and the campaigns', in which a fifth takes something back or
follows, and few users do most of it.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import psycopg

from bench.databases import installed, value
from bench.events import one_event
from bench.report import Row
from jophiel.events.broker import connect
from jophiel.events.consumer import Consumer
from jophiel.events.ingestion import Ingester
from jophiel.events.messages import Outgoing
from jophiel.events.publisher import Publisher
from jophiel.events.topology import declare
from jophiel.settings import Settings
from tests.support.broker import broker
from tests.support.campaign import Plan, make_events, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.broker import Broker

# So many events that a session's first plans are no matter.
EVENTS, USERS, ITEMS, GOAL = 60_000, 5000, 5000, 0.5

PLAIN_TABLE = "create table public.plain (event_id uuid primary key, event jsonb not null)"
PLAIN = """
insert into public.plain (event_id, event)
select (e.value ->> 'event_id')::uuid, e.value from jsonb_array_elements(%s::jsonb) as e
on conflict do nothing
"""
PLAIN_COUNT = "select count(*) from public.plain"
LOGGED = "select (select count(*) from jophiel.interactions) + (select count(*) from jophiel.inbox)"


class Inserter(Ingester):
    """Only inserts what it is given."""

    def _call(self, batch: str, size: int, giving_up: threading.Event) -> list[tuple[str, str | None]]:  # noqa: ARG002
        self._connected().connection.execute(PLAIN, (batch,))
        return [("applied", None)] * size


def run(server_url: str, _: Sequence[int]) -> Iterator[Row]:
    """Measure events a second of both, in turn."""
    with broker() as running, installed(server_url) as url:
        prepare(url, _plan())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(PLAIN_TABLE)
        for what, events in (("mixed", _usual()), ("the campaigns'", make_events(_plan(), random.Random(1)))):
            inserted = _rate(running, url, Inserter, PLAIN_COUNT, events)
            applied = _rate(running, url, Ingester, LOGGED, events)
            yield Row(
                "consumer",
                f"events through RabbitMQ, {what}, one consumer",
                f"{applied:,.0f}/s",
                f"{inserted:,.0f}/s only inserting",
                applied / inserted,
                GOAL,
            )


def _plan() -> Plan:
    return Plan(events=EVENTS, users=USERS, items=ITEMS, consumer_kills=0, database_stops=0, broker_kills=0)


def _usual() -> list[dict[str, Any]]:
    draw = random.Random(2)
    return [one_event(draw, ITEMS) for _ in range(EVENTS)]


def _rate(running: Broker, url: str, kind: type[Ingester], count: str, events: list[dict[str, Any]]) -> float:
    """Publish events, then let one consumer work them off; return how many a second."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory() as home:
        environment = {"JOPHIEL_AMQP_URL": running.url, "JOPHIEL_QUEUE": name, "JOPHIEL_EXCHANGE": name}
        settings = Settings.from_environment({**environment, "JOPHIEL_HOME": home})
        with connect(settings, "bench") as connection:
            declare(connection, settings.broker)
        messages = [Outgoing(event["event_name"], json.dumps(event).encode()) for event in events]
        Publisher(settings, settings.broker.exchange).publish(messages)
        consumer = Consumer(settings, lambda: psycopg.connect(url, autocommit=True))
        consumer._ingester = kind(lambda: psycopg.connect(url, autocommit=True), consumer.counters)
        stopping = threading.Event()
        thread = threading.Thread(target=consumer.run, args=(stopping,))
        with psycopg.connect(url, autocommit=True) as counting:
            before = value(counting, count)
            began = time.monotonic()
            thread.start()
            while value(counting, count) < before + EVENTS:
                time.sleep(0.05)
        seconds = time.monotonic() - began
        stopping.set()
        thread.join()
        with connect(settings, "bench") as connection:
            channel = connection.channel()
            for queue in (settings.broker.queue, settings.broker.dead_letter_queue):
                channel.queue_delete(queue)
            for exchange in (settings.broker.exchange, settings.broker.dead_letter_exchange):
                channel.exchange_delete(exchange)
    return EVENTS / seconds
