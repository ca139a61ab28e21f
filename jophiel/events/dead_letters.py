"""Messages that could not be used: put aside, looked at without consuming them, sent again, thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jophiel.errors import BrokerError
from jophiel.events.messages import Outgoing, event_id
from jophiel.events.publisher import Publisher
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pika
    from pika.adapters.blocking_connection import BlockingChannel

    from jophiel.settings import BrokerSettings, Settings

_LOGGER = get_logger("events")
_SHOWN_BYTES = 2000
_LONGEST_REASON = 2000
_CHUNK = 500
# The consumer has another way to wait for a broker: it connects again, and gets the messages again.
_PATIENCE_SECONDS = 5

_REASON = "x-jophiel-reason"
_ROUTING_KEY = "x-jophiel-routing-key"
_EVENT_ID = "x-jophiel-event-id"
_TIME = "x-jophiel-dead-lettered-at"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker delivered it."""

    tag: int
    routing_key: str
    headers: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be used, and why; `body` is its beginning, bytes that are no UTF-8 replaced."""

    reason: str
    event_id: str | None
    routing_key: str
    dead_lettered_at: str | None
    bytes: int
    body: str


def bury(settings: Settings, refused: Iterable[tuple[Delivery, str]]) -> None:
    """Publish messages, each with why it was refused, to the dead-letter exchange; return when they are confirmed."""
    letters = []
    for delivery, reason in refused:
        found = event_id(delivery.body)
        key = str(delivery.headers.get(_ROUTING_KEY, delivery.routing_key))
        _LOGGER.warning("dead-lettered: %s", reason, extra={"event_id": found, "routing_key": key})
        headers = {
            **delivery.headers,
            _REASON: reason[:_LONGEST_REASON],
            _ROUTING_KEY: key,
            _EVENT_ID: found or "",
            _TIME: datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        letters.append(Outgoing(delivery.routing_key, delivery.body, headers))
    publisher = Publisher(settings, settings.broker.dead_letter_exchange, patience=_PATIENCE_SECONDS)
    if publisher.publish(letters).unroutable:
        raise BrokerError(f"no queue is bound to {settings.broker.dead_letter_exchange}")


def find(connection: pika.BlockingConnection, names: BrokerSettings, limit: int | None = None) -> list[DeadLetter]:
    """Return the dead letters, the oldest first; they stay where they are."""
    # Unacknowledged messages go back to their queue with the channel.
    channel = connection.channel()
    found = [_letter(*message) for message in _take(channel, names, limit)]
    channel.close()
    return found


def replay(
    connection: pika.BlockingConnection,
    settings: Settings,
    limit: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Send dead letters to Jophiel's own queue again, so that no other subscriber of the exchange sees them twice.

    Returns how many. One that is malformed still comes back, behind those that were there when the replay began.
    """
    names = settings.broker
    channel = connection.channel()
    left: int = channel.queue_declare(names.dead_letter_queue, passive=True).method.message_count
    left = left if limit is None else min(limit, left)
    count = 0
    # The default exchange delivers to the queue of the routing key's name.
    publisher = Publisher(settings, "")
    while count < left and (chunk := list(_take(channel, names, min(_CHUNK, left - count)))):
        if publisher.publish(_again(names.queue, *message) for message in chunk).unroutable:
            raise BrokerError(f"there is no queue {names.queue}")
        channel.basic_ack(chunk[-1][0].delivery_tag, multiple=True)
        count += len(chunk)
        if progress:
            progress(count)
    channel.close()
    return count


def purge(connection: pika.BlockingConnection, names: BrokerSettings) -> int:
    """Throw all dead letters away; return how many."""
    channel = connection.channel()
    count: int = channel.queue_purge(names.dead_letter_queue).method.message_count
    channel.close()
    return count


def _take(channel: BlockingChannel, names: BrokerSettings, limit: int | None) -> Iterator[tuple[Any, Any, bytes]]:
    count = 0
    while limit is None or count < limit:
        method, properties, body = channel.basic_get(names.dead_letter_queue)
        if method is None:
            return
        count += 1
        yield method, properties, body


def _again(queue: str, method: Any, properties: pika.BasicProperties, body: bytes) -> Outgoing:
    headers = dict(properties.headers or {})
    key = _routing_key(method, headers)
    for name in (_REASON, _TIME, _EVENT_ID, "x-death"):
        headers.pop(name, None)
    return Outgoing(queue, body, {**headers, _ROUTING_KEY: key})


def _letter(method: Any, properties: pika.BasicProperties, body: bytes) -> DeadLetter:
    headers = properties.headers or {}
    # What the broker itself has taken off the queue (expired, refused, ...) has its own header.
    deaths = headers.get("x-death") or [{}]
    when = deaths[0].get("time")
    return DeadLetter(
        reason=str(headers.get(_REASON) or f"the broker: {deaths[0].get('reason', 'unknown')}"),
        event_id=str(headers.get(_EVENT_ID) or "") or None,
        routing_key=_routing_key(method, headers),
        dead_lettered_at=headers.get(_TIME) or (when.isoformat() if when else None),
        bytes=len(body),
        body=body[:_SHOWN_BYTES].decode(errors="replace"),
    )


def _routing_key(method: Any, headers: dict[str, Any]) -> str:
    deaths = headers.get("x-death") or [{}]
    keys = deaths[0].get("routing-keys") or [method.routing_key]
    return str(headers.get(_ROUTING_KEY) or keys[0])
