"""What Jophiel needs at the broker: exchange, queue and bindings, and the same for dead letters.

What is there already is used as it is, whatever its type: it may be the publisher's, or an operator's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pika
import pika.exceptions

from jophiel.logs import get_logger

if TYPE_CHECKING:
    from pika.adapters.blocking_connection import BlockingChannel

    from jophiel.settings import BrokerSettings

_LOGGER = get_logger("events")
# RabbitMQ 4 takes a message off a quorum queue after 20 redeliveries: a database that is down, or a consumer that is
# killed again and again, must never do that. Not -1, which 3.x refuses.
_DELIVERY_LIMIT = 1_000_000_000
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Messages of a queue that wait to be delivered, and its consumers; both None where there is no such queue."""

    queue: str
    ready: int | None
    consumers: int | None


def declare(connection: pika.BlockingConnection, names: BrokerSettings) -> None:
    """Declare what is missing; may be repeated, and raced."""
    _declare_exchange(connection, names.dead_letter_exchange)
    _declare_queue(connection, names.dead_letter_queue, {})
    _declare_exchange(connection, names.exchange)
    # Jophiel sends dead letters itself, with a reason. The argument is for what the broker takes off the queue.
    _declare_queue(connection, names.queue, {"x-dead-letter-exchange": names.dead_letter_exchange})
    channel = connection.channel()
    channel.queue_bind(names.dead_letter_queue, names.dead_letter_exchange, "#")
    for key in names.bindings:
        channel.queue_bind(names.queue, names.exchange, key)
    channel.close()


def depth(connection: pika.BlockingConnection, queue: str) -> QueueDepth:
    """Return how many messages and consumers a queue has."""
    channel = connection.channel()
    try:
        found = channel.queue_declare(queue, passive=True)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != _NOT_FOUND:
            raise
        return QueueDepth(queue, None, None)
    channel.close()
    return QueueDepth(queue, found.method.message_count, found.method.consumer_count)


def _declare_exchange(connection: pika.BlockingConnection, name: str) -> None:
    channel = connection.channel()
    try:
        channel.exchange_declare(name, "topic", durable=True)
    except pika.exceptions.ChannelClosedByBroker as error:
        channel = connection.channel()
        try:
            channel.exchange_declare(name, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            raise error from None
        if "'type'" in error.reply_text:
            # A direct exchange has no patterns: nothing would ever arrive, and nobody would say why.
            _LOGGER.warning("no topic exchange, patterns may match nothing: %s", error.reply_text)
    channel.close()


def _declare_queue(connection: pika.BlockingConnection, name: str, arguments: dict[str, Any]) -> None:
    if depth(connection, name).ready is not None:
        return
    quorum = {**arguments, "x-queue-type": "quorum", "x-delivery-limit": _DELIVERY_LIMIT}
    channel: BlockingChannel = connection.channel()
    try:
        channel.queue_declare(name, durable=True, arguments=quorum)
    except pika.exceptions.ChannelClosedByBroker as error:
        _LOGGER.warning("no quorum queue: %s", error.reply_text, extra={"queue": name})
        channel = connection.channel()
        channel.queue_declare(name, durable=True, arguments=arguments)
    channel.close()
