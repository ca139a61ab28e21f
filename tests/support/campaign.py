"""A campaign against the consumer: all that can die is killed while events arrive, and then the books are checked.

Two databases hear of the same events. One hears of them through a broker, in disorder, with duplicates and malformed
messages among them, while consumers, the broker and PostgreSQL are killed; the other by one connection, in order, once.
At the end both must be the same, and every malformed message must lie in the dead-letter queue with its reason.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from jophiel.database.embedded import EmbeddedServer
from jophiel.database.migrations import migrate
from jophiel.events import dead_letters
from jophiel.events.broker import connect
from jophiel.events.messages import Outgoing
from jophiel.events.publisher import Publisher
from jophiel.events.topology import declare, depth
from jophiel.settings import Settings
from tests.support.broker import node
from tests.support.consumers import ConsumerProcess, until
from tests.support.services import create_database, private_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.broker import Node

_START = datetime(2026, 6, 1, tzinfo=UTC)
_KINDS = {
    "like": 20,
    "unlike": 8,
    "dislike": 8,
    "undislike": 3,
    "share": 5,
    "comment": 5,
    "play": 20,
    "skip": 8,
    "view": 5,
    "click": 4,
    "add_to_board": 5,
    "remove_from_board": 2,
    "follow": 5,
    "unfollow": 2,
}
_MALFORMED = (
    b"no JSON %d",
    b'{"event_name": %d',
    b"\xff\xfe %d",
    b"[%d]",
    b'{"event_name": "user.interaction.hug", "payload": %d}',
    b'{"event_name": "\\u0000", "payload": %d}',
)
# A consumer works at least this long before it is killed, so that there is something to lose.
_LIFE_SECONDS = 0.3


@dataclass(frozen=True)
class Plan:
    """How much of what."""

    events: int
    users: int
    items: int
    consumer_kills: int
    database_stops: int
    broker_kills: int
    duplicates: float = 0.05
    malformed: int = 100
    consumers: int = 3
    seed: int = 1


@dataclass(frozen=True)
class Result:
    """What was published, which faults were found, and the `seconds` until everything was applied."""

    published: int
    lost: int
    applied_twice: int
    users_that_differ: int
    malformed_found: int
    seconds: float


def make_events(plan: Plan, rng: random.Random) -> list[dict[str, Any]]:
    """Events in the order in which they happened, no two at the same time."""
    kinds = rng.choices([*_KINDS], weights=[*_KINDS.values()], k=plan.events)
    return [_event(number, kind, plan, rng) for number, kind in enumerate(kinds)]


def _event(number: int, kind: str, plan: Plan, rng: random.Random) -> dict[str, Any]:
    user = 1 + int(plan.users * rng.random() ** 2)  # some do much more than others
    item = 1 + int(plan.items * rng.random() ** 2)
    payload: dict[str, Any] = {"user_id": user, "sample_id": item}
    if kind in ("follow", "unfollow"):
        payload = {"user_id": user, f"{kind}ed_user_id": 1 + item % 50}
    elif kind.endswith("board"):
        payload["board_id"] = user * 10 + item % 3
    elif kind in ("play", "skip", "view"):
        payload["duration_seconds"] = rng.randrange(40)
    return {
        "event_name": f"user.interaction.{kind}",
        "event_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "event_timestamp": (_START + timedelta(milliseconds=100 * number)).isoformat().replace("+00:00", "Z"),
        "source": "campaign",
        "payload": payload,
    }


def prepare(url: str, plan: Plan) -> None:
    """Install Jophiel and a catalogue."""
    migrate(url)
    rng = random.Random(plan.seed)
    tags = [f"tag{number}" for number in range(40)]
    items = [
        {
            "item_id": number,
            "creator_id": 1 + number % 50,
            "tags": rng.sample(tags, 4),
            "created_at": (_START - timedelta(hours=rng.randrange(1000))).isoformat(),
        }
        for number in range(1, plan.items + 1)
    ]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select jophiel.upsert_items(%s::jsonb)", (json.dumps(items),))
        connection.execute("call jophiel.run_batch()")


def run(plan: Plan, say: Callable[[str], None] = lambda _: None) -> Result:
    """Run a campaign on a broker and a PostgreSQL of its own."""
    with private_home("jophiel-campaign-") as home, node() as broker:
        server = EmbeddedServer(Settings(home=home, embedded_shared_buffers="128MB"))
        server.start()
        return _Campaign(plan, home, server, broker, say).run()


class _Campaign:
    def __init__(
        self, plan: Plan, home: Path, server: EmbeddedServer, broker: Node, say: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._rng = random.Random(plan.seed)
        self._server = server
        self._broker = broker
        self._say = say
        self._url = create_database(server.url("postgres"), "chaos")
        self._clean = create_database(server.url("postgres"), "clean")
        self._environment = {
            "JOPHIEL_AMQP_URL": broker.url,
            "JOPHIEL_DATABASE_URL": self._url,
            "JOPHIEL_HOME": str(home / "consumers"),
        }
        self._settings = Settings.from_environment(self._environment)
        self._consumers: list[ConsumerProcess] = []
        # How many messages the publisher may send by now: kills go on for as long as events arrive.
        self._allowed = 0
        self._published = 0
        self._failure: BaseException | None = None

    def run(self) -> Result:
        for url in (self._url, self._clean):
            prepare(url, self._plan)
        events = make_events(self._plan, self._rng)
        messages = self._disorder(events)
        with connect(self._settings, "campaign") as connection:
            declare(connection, self._settings.broker)
        self._broker.settle()
        began = time.monotonic()
        publisher = threading.Thread(target=self._publish, args=(messages,), daemon=True)
        publisher.start()
        try:
            self._consumers = [self._start() for _ in range(self._plan.consumers)]
            self._kill_everything(len(messages))
            self._allowed = len(messages)
            publisher.join()
            if self._failure:
                raise self._failure
            self._say("all published; waiting for the queue")
            until(lambda: self._applied(len(events)), 600)
            seconds = time.monotonic() - began
            ends = [consumer.terminate() for consumer in self._consumers]
            assert ends == [0] * len(ends), ends
        finally:
            self._allowed = len(messages)
            for consumer in self._consumers:
                consumer.kill()
        self._say("the same events in order, by one connection")
        self._ingest_in_order(events)
        return self._compare(events, seconds)

    def _disorder(self, events: list[dict[str, Any]]) -> list[Outgoing]:
        again = self._rng.sample(events, int(len(events) * self._plan.duplicates))
        messages = [Outgoing(event["event_name"], json.dumps(event).encode()) for event in [*events, *again]]
        messages += [
            Outgoing("user.interaction.like", _MALFORMED[number % len(_MALFORMED)] % number)
            for number in range(self._plan.malformed)
        ]
        self._rng.shuffle(messages)
        return messages

    def _publish(self, messages: list[Outgoing]) -> None:
        def paced() -> Iterator[Outgoing]:
            for number, message in enumerate(messages):
                while number >= self._allowed:
                    time.sleep(0.01)
                yield message

        try:
            publisher = Publisher(self._settings, self._settings.broker.exchange, patience=300)
            self._published = publisher.publish(paced()).confirmed
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits for this one
            self._failure = error

    def _start(self) -> ConsumerProcess:
        return ConsumerProcess({**os.environ, **self._environment})

    def _kill_everything(self, total: int) -> None:
        """Kill in a random order, and let the share of the events go out that the share of the kills allows."""
        kills: list[Callable[[], None]] = [
            *[self._kill_consumer] * self._plan.consumer_kills,
            *[self._stop_database] * self._plan.database_stops,
            *[self._kill_broker] * self._plan.broker_kills,
        ]
        self._rng.shuffle(kills)
        for number, kill in enumerate(kills):
            self._allowed = total * (number + 1) // (len(kills) + 1)
            kill()
            if self._failure:
                raise self._failure
            if number % 20 == 19:
                self._say(f"{number + 1} of {len(kills)} kills")

    def _kill_consumer(self) -> None:
        place = self._rng.randrange(len(self._consumers))
        victim = self._consumers[place]
        victim.wait_for("consuming")
        time.sleep(self._rng.uniform(_LIFE_SECONDS, 2 * _LIFE_SECONDS))
        victim.kill()
        self._consumers[place] = self._start()

    def _stop_database(self) -> None:
        """Do what `pg_ctl stop -m immediate` does: no checkpoint, no farewell."""
        postmaster = self._server.status().postmaster
        assert postmaster is not None
        os.kill(postmaster.pid, signal.SIGQUIT)
        until(lambda: self._server.status().postmaster is None)
        self._server.start()
        assert self._server.url("chaos") == self._url, "another port"

    def _kill_broker(self) -> None:
        self._broker.kill()
        self._broker.start()

    def _applied(self, total: int) -> bool:
        """Whether everything arrived, and nothing is on its way."""
        with connect(self._settings, "campaign") as connection:
            names = self._settings.broker
            waiting, dead = depth(connection, names.queue).ready, depth(connection, names.dead_letter_queue).ready
        if waiting != 0 or (dead or 0) < self._plan.malformed:
            return False
        with psycopg.connect(self._url) as connection:
            (found,) = connection.execute(_COUNT).fetchone() or (0,)
        return bool(found >= total)

    def _ingest_in_order(self, events: list[dict[str, Any]]) -> None:
        with psycopg.connect(self._clean, autocommit=True) as connection:
            for first in range(0, len(events), 1000):
                chunk = json.dumps(events[first : first + 1000])
                outcomes = connection.execute(
                    "select distinct outcome from jophiel.ingest_events(%s::jsonb)", (chunk,)
                ).fetchall()
                assert outcomes == [("applied",)], outcomes

    def _compare(self, events: list[dict[str, Any]], seconds: float) -> Result:
        states = [_states(url) for url in (self._clean, self._url)]
        clean, chaos = states
        with psycopg.connect(self._url) as connection:
            (lost,) = connection.execute(_MISSING, ([event["event_id"] for event in events],)).fetchone() or (-1,)
        with connect(self._settings, "campaign") as connection:
            letters = dead_letters.find(connection, self._settings.broker)
        return Result(
            published=self._published,
            lost=lost,
            applied_twice=sum(chaos[user][0] > count for user, (count, _) in clean.items() if user in chaos),
            users_that_differ=sum(clean.get(user) != chaos.get(user) for user in {*clean, *chaos}),
            # A letter is published again where the consumer died before it could acknowledge: bodies are counted.
            malformed_found=len({x.body for x in letters if x.reason and not x.reason.startswith("the broker:")}),
            seconds=seconds,
        )


_COUNT = "select (select count(*) from jophiel.interactions) + (select count(*) from jophiel.inbox)"
_MISSING = """
select count(*)
  from unnest(%s::uuid[]) as e (event_id)
 where not exists (select from jophiel.interactions as i where i.event_id = e.event_id)
   and not exists (select from jophiel.inbox as i where i.event_id = e.event_id)
"""
_STATES = """
select u.user_id, coalesce(t.event_count, 0), jophiel.state_checksum(u.user_id, %s)
  from jophiel.users as u
  left join jophiel.tastes as t using (user_id)
"""


def deadlocks(events: int, writers: int, users: int = 20) -> tuple[int, int]:
    """Let writers ingest events of the same few users at once; return the deadlocks that PostgreSQL and they saw."""
    plan = Plan(events=events, users=users, items=500, consumer_kills=0, database_stops=0, broker_kills=0)
    found = make_events(plan, random.Random(plan.seed))
    random.Random(plan.seed).shuffle(found)
    batches = [json.dumps(found[first : first + 100]) for first in range(0, len(found), 100)]
    with private_home("jophiel-campaign-") as home:
        server = EmbeddedServer(Settings(home=home, embedded_shared_buffers="128MB"))
        server.start()
        url = create_database(server.url("postgres"), "deadlocks")
        prepare(url, plan)

        def write(writer: int) -> int:
            victims = 0
            with psycopg.connect(url, autocommit=True) as connection:
                for batch in batches[writer::writers]:
                    while True:
                        try:
                            connection.execute("select count(*) from jophiel.ingest_events(%s::jsonb)", (batch,))
                            break
                        except psycopg.errors.DeadlockDetected:
                            victims += 1
            return victims

        with ThreadPoolExecutor(writers) as threads:
            victims = sum(threads.map(write, range(writers)))
        with psycopg.connect(url, autocommit=True) as connection:
            missing = connection.execute(_MISSING, ([event["event_id"] for event in found],)).fetchone()
            assert missing == (0,), missing
            # The writers' sessions have sent their counts when they ended.
            (counted,) = connection.execute(
                "select deadlocks from pg_stat_database where datname = current_database()"
            ).fetchone() or (-1,)
        return counted, victims


def _states(url: str) -> dict[int, tuple[int, str]]:
    """Events that count in the taste, and the checksum, of every user."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("call jophiel.run_batch()")
        rows = connection.execute(_STATES, (_START + timedelta(days=30),)).fetchall()
    return {user: (count, checksum) for user, count, checksum in rows}
