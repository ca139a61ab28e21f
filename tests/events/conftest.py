"""One broker a session, names of its own a test, and consumers as processes."""

from __future__ import annotations

import os
import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from jophiel.events.broker import connect
from jophiel.events.topology import declare
from jophiel.settings import Settings
from tests.support import broker as support
from tests.support.consumers import ConsumerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.broker import Broker


class StartConsumer(Protocol):
    """Starts `jophiel consume` and returns when it consumes."""

    def __call__(self, *arguments: str, env: dict[str, str] | None = None, wait: bool = True) -> ConsumerProcess: ...


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The broker, for the whole session."""
    with support.broker() as running:
        yield running


@pytest.fixture
def amqp(broker: Broker) -> Iterator[dict[str, str]]:
    """The environment that says which broker, and exchange and queues that no other test has."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    environment = {
        "JOPHIEL_AMQP_URL": broker.url,
        "JOPHIEL_EXCHANGE": f"{name}_events",
        "JOPHIEL_QUEUE": f"{name}_queue",
        "JOPHIEL_DEAD_LETTER_EXCHANGE": f"{name}_dead",
        "JOPHIEL_DEAD_LETTER_QUEUE": f"{name}_dead_queue",
    }
    yield environment
    with connect(Settings.from_environment(environment), "test") as connection:
        channel = connection.channel()
        for queue in ("JOPHIEL_QUEUE", "JOPHIEL_DEAD_LETTER_QUEUE"):
            channel.queue_delete(environment[queue])
        for exchange in ("JOPHIEL_EXCHANGE", "JOPHIEL_DEAD_LETTER_EXCHANGE"):
            channel.exchange_delete(environment[exchange])


@pytest.fixture
def settings(amqp: dict[str, str], tmp_path: Path) -> Settings:
    """Settings for the broker's side, with everything declared."""
    found = Settings.from_environment({**amqp, "JOPHIEL_HOME": str(tmp_path)})
    with connect(found, "test") as connection:
        declare(connection, found.broker)
    return found


@pytest.fixture
def consume(settings: Settings, amqp: dict[str, str], database_url: str, tmp_path: Path) -> Iterator[StartConsumer]:
    """Start consumers of this test's queue into this test's database; they end with the test."""
    with ExitStack() as stack:

        def start(*arguments: str, env: dict[str, str] | None = None, wait: bool = True) -> ConsumerProcess:
            environment = {
                **os.environ,
                **amqp,
                "JOPHIEL_DATABASE_URL": database_url,
                "JOPHIEL_HOME": str(tmp_path / "home"),
                **(env or {}),
            }
            process = ConsumerProcess(environment, *arguments)
            stack.callback(process.kill)
            if wait:
                process.wait_for("consuming")
            return process

        yield start
