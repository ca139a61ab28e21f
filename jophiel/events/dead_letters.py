"""Messages that could not be used: put aside, looked at without consuming them, sent again, thrown away."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pika.data
import pika.exceptions

from jophiel.errors import BrokerError
from jophiel.events.messages import Outgoing, event_id
from jophiel.events.publisher import Publisher
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pika.adapters.blocking_connection import BlockingChannel

    from jophiel.settings import BrokerSettings, Settings

_LOGGER = get_logger("events")
_SHOWN_BYTES = 2000
_LONGEST_REASON = 2000
_LONGEST_KEY = 255
# All headers go in one frame, which the broker limits; what came in one may not fit with ours beside it.
_COPIED_BYTES = 8 * 1024
_NAMED = 5
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
        key = str(delivery.headers.get(_ROUTING_KEY, delivery.routing_key))[:_LONGEST_KEY]
        kept, left_out = _fitting(delivery.headers)
        reason = reason[:_LONGEST_REASON] + left_out  # noqa: PLW2901 - the whole of it
        _LOGGER.warning("dead-lettered: %s", reason, extra={"event_id": found, "routing_key": key})
        headers = {
            **kept,
            _REASON: reason,
            _ROUTING_KEY: key,
            _EVENT_ID: found or "",
            _TIME: datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        letters.append(Outgoing(delivery.routing_key, delivery.body, headers))
    names = settings.broker
    publisher = Publisher(settings, names.dead_letter_exchange, patience=_PATIENCE_SECONDS)
    if publisher.publish(letters).unroutable:
        # The exchange is of a type without patterns, or somebody has unbound the queue: one malformed message must not
        # stop the queue for that. The default exchange delivers to the queue of the routing key's name.
        named = [replace(letter, routing_key=names.dead_letter_queue) for letter in letters]
        if Publisher(settings, "", patience=_PATIENCE_SECONDS).publish(named).unroutable:
            raise BrokerError(f"there is no queue {names.dead_letter_queue}")


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
    kept, left_out = _fitting(headers)
    if left_out:
        _LOGGER.warning("replayed%s", left_out, extra={"event_id": event_id(body), "routing_key": key})
    return Outgoing(queue, body, {**kept, _ROUTING_KEY: key})


def _fitting(headers: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the headers that fit beside ours, and in words which do not."""
    kept: dict[str, Any] = {}
    left_out = []
    room = _COPIED_BYTES
    for name, value in headers.items():
        size = _size(name, value)
        if size is not None and size <= room:
            kept[name] = value
            room -= size
        else:
            left_out.append(name)
    if not left_out:
        return kept, ""
    more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
    return kept, f" (without the headers {', '.join(left_out[:_NAMED])}{more}: too large)"


def _size(name: str, value: Any) -> int | None:
    """Return the bytes of a header on the wire; None where pika reads what it cannot write."""
    try:
        return int(pika.data.encode_table([], {name: value}))
    except (pika.exceptions.AMQPError, ValueError, TypeError, struct.error):
        return None


def _letter(method: Any, properties: pika.BasicProperties, body: bytes) -> DeadLetter:
    headers = properties.headers or {}
    # What the broker itself has taken off the queue (expired, refused, ...) has its own header.
    deaths = headers.get("x-death") or [{}]
    when = deaths[0].get("time")
    return DeadLetter(
        reason=str(headers.get(_REASON) or f"the broker: {deaths[0].get('reason', 'unknown')}"),
        event_id=str(headers.get(_EVENT_ID) or "") or None,
        routing_key=_routing_key(method, headers),
        dead_lettered_at=str(headers.get(_TIME) or "") or (when.isoformat() if when else None),
        bytes=len(body),
        body=body[:_SHOWN_BYTES].decode(errors="replace"),
    )


def _routing_key(method: Any, headers: dict[str, Any]) -> str:
    deaths = headers.get("x-death") or [{}]
    keys = deaths[0].get("routing-keys") or [method.routing_key]
    return str(headers.get(_ROUTING_KEY) or keys[0])[:_LONGEST_KEY]
