from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from jophiel.errors import BrokerUnreachableError, SettingsError, without_secrets
from jophiel.events.broker import connect, pauses
from jophiel.events.messages import Outgoing
from jophiel.events.topology import declare, depth
from jophiel.settings import Settings
from tests.support.broker import free_ports
from tests.support.consumers import ready, send, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.broker import Broker


def test_the_names_are_the_contracts_unless_set() -> None:
    names = Settings.from_environment({}).broker
    assert (names.exchange, names.queue) == ("sword_events", "jophiel_consumer_queue")
    assert names.bindings == ("user.interaction.*", "user.lifecycle.*", "sample.lifecycle.*")
    chosen = Settings.from_environment({"JOPHIEL_QUEUE": "mine", "JOPHIEL_BINDINGS": "film.*, user.#"}).broker
    assert (chosen.dead_letter_queue, chosen.dead_letter_exchange) == ("mine.dead_letters", "mine.dead_letters")
    assert chosen.bindings == ("film.*", "user.#")


def test_many_may_declare_at_once(broker: Broker, amqp: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.from_environment({**amqp, "JOPHIEL_HOME": str(tmp_path)})

    def declare_once(_: int) -> None:
        with connect(settings, "test") as connection:
            declare(connection, settings.broker)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(declare_once, range(8)))
    assert ready(settings, settings.broker.queue) == 0
    assert ready(settings, settings.broker.dead_letter_queue) == 0
    assert ready(settings, "nothing of this name") is None


def test_events_of_the_bindings_reach_the_queue(settings: Settings) -> None:
    keys = ("user.interaction.like", "user.lifecycle.created", "sample.lifecycle.deleted")
    assert send(settings, [Outgoing(key, b"{}") for key in keys]) == len(keys)
    until(lambda: ready(settings, settings.broker.queue) == len(keys))


def test_the_queue_is_a_quorum_queue_that_forgets_no_message_often_redelivered(settings: Settings) -> None:
    send(settings, [Outgoing("user.interaction.like", b"{}")])
    for _ in range(25):
        with connect(settings, "test") as connection:
            channel = connection.channel()
            until(lambda channel=channel: channel.basic_get(settings.broker.queue)[0] is not None)  # type: ignore[misc]
    with connect(settings, "test") as connection:
        method, properties, _ = connection.channel().basic_get(settings.broker.queue)
        assert method is not None
        # Only quorum queues count.
        assert properties.headers["x-delivery-count"] >= 25


def test_what_is_there_already_is_used_as_it_is(
    amqp: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings.from_environment({**amqp, "JOPHIEL_HOME": str(tmp_path)})
    with connect(settings, "test") as connection:
        channel = connection.channel()
        channel.exchange_declare(settings.broker.exchange, "direct", durable=False)
        channel.queue_declare(settings.broker.queue, durable=True, arguments={"x-max-length": 1000})
        declare(connection, settings.broker)
        caplog.clear()
        declare(connection, settings.broker)
        assert depth(connection, settings.broker.queue).ready == 0
    # Only the one that is not what it should be is complained of.
    (said,) = [record.getMessage() for record in caplog.records if record.name == "jophiel.events"]
    assert "no topic exchange" in said
    assert f"'{settings.broker.exchange}'" in said


def test_a_wrong_address_is_an_error_of_ours(tmp_path: Path, broker: Broker) -> None:
    port = free_ports(1)[0]
    for url, kind, words in (
        ("amqp://here:secret@127.0.0.1:port/", SettingsError, "no address"),
        ("http://localhost", SettingsError, "no address.*USER:PASSWORD@"),
        ("amqp://", SettingsError, "no address"),
        (f"amqp://127.0.0.1:{port}/", BrokerUnreachableError, f"127.0.0.1:{port} cannot be reached"),
        (broker.url.replace("://jophiel:", "://nobody:"), BrokerUnreachableError, "login"),
        (f"{broker.url}elsewhere", BrokerUnreachableError, "host"),
    ):
        settings = Settings.from_environment({"JOPHIEL_AMQP_URL": url, "JOPHIEL_HOME": str(tmp_path)})
        with pytest.raises(kind, match=words) as caught, connect(settings, "test"):
            pass
        assert without_secrets(str(caught.value)) == str(caught.value)
        assert "secret" not in str(caught.value)


def test_pauses_grow_to_a_bound_and_are_not_the_same_for_everybody() -> None:
    found = [pause for pause, _ in zip(pauses(), range(20), strict=False)]
    assert 0.1 <= found[0] <= 0.2
    assert all(2.5 <= pause <= 5 for pause in found[8:])
    assert len(set(found[8:])) > 1
