"""Publishes with confirms: what the broker has not confirmed is sent again, through as many of its restarts as need be.

pika's blocking connection waits for every single confirm, some 500 a second; this keeps a window of them open.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pika
import pika.exceptions

from jophiel.errors import BrokerError, BrokerUnreachableError
from jophiel.events.broker import from_pika, parameters, pauses
from jophiel.events.messages import Outgoing
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pika.channel import Channel

    from jophiel.settings import Settings

_LOGGER = get_logger("events")
_WINDOW = 2000
_PERSISTENT = 2
# RabbitMQ 3.10 was seen to confirm nothing of what it was sent while it recovered a queue after a crash.
_STALL_SECONDS = 10
_CLOSE_SECONDS = 1
# Short, as a pipe holds 64 KiB and no more comes until it is read.
_POLL_SECONDS = 0.02
_REMEMBERED = 20


@dataclass(slots=True)
class Published:
    """What the broker has confirmed, and how many of these were unroutable: no queue is bound to their key.

    `returned` are the first of the unroutable ones.
    """

    confirmed: int = 0
    unroutable: int = 0
    returned: list[Outgoing] = field(default_factory=list)


class Publisher:
    """Sends messages to an exchange; gives up after `patience` seconds without a broker.

    `waiting` hears, once for each time that the broker is lost, why and for how long it is waited for. `result` is what
    the last publish() has come to so far, also where it was interrupted.
    """

    def __init__(
        self,
        settings: Settings,
        exchange: str,
        *,
        patience: float = 60,
        waiting: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._parameters = parameters(settings, "jophiel publish")
        self._exchange = exchange
        self._patience = patience
        self._waiting = waiting
        self._open: dict[int, Outgoing] = {}
        self._again: deque[Outgoing] = deque()
        self._source: Iterator[Outgoing | None] = iter(())
        self._channel: Channel | None = None
        self._tag = 0
        self._done = False
        self._will_fill = False
        self._well = 0.0
        self._failure: BaseException | None = None
        self.result = Published()
        self._progress: Callable[[int], None] = lambda _: None

    def publish(self, messages: Iterable[Outgoing | None], progress: Callable[[int], None] | None = None) -> Published:
        """Send all messages and return when each is confirmed. Raises BrokerError and BrokerUnreachableError.

        A message whose confirm was lost with the connection is sent twice: consumers tell by the event's id.
        `messages` are read while the connection waits, so they must not block: they say None where there is none yet.
        `progress` hears how many are confirmed.
        """
        self._source, self.result = iter(messages), Published()
        self._progress = progress or self._progress
        waits, last, told = pauses(), time.monotonic(), False
        while True:
            self._run_connection()
            if self._failure is None:
                return self.result
            if isinstance(self._failure, pika.exceptions.ChannelClosedByBroker):
                raise self._error() from self._failure
            if self._well > last:
                waits, last, told = pauses(), time.monotonic(), False
            if time.monotonic() - last > self._patience:
                raise self._error() from self._failure
            _LOGGER.warning("no broker, %d unconfirmed: %s", len(self._again), self._error())
            if not told:
                self._waiting(f"{self._error().message}; trying again for {self._patience:.0f} s")
                told = True
            time.sleep(next(waits))

    def _error(self) -> BrokerError:
        return from_pika(self._failure or BrokerUnreachableError(), self._parameters)

    def _run_connection(self) -> None:
        """Work over one connection until all is confirmed (`_failure` is None) or the connection is lost."""
        self._failure, self._channel, self._tag, self._done, self._will_fill = None, None, 0, False, False
        self._connection = connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=lambda opened: opened.channel(on_open_callback=self._on_channel),
            on_open_error_callback=self._on_lost,
            on_close_callback=self._on_lost,
        )
        try:
            connection.ioloop.call_later(_STALL_SECONDS, partial(self._check_progress, None))
            connection.ioloop.start()
        finally:
            # In the order in which they were sent, before what comes next.
            self._again.extendleft(reversed(self._open.values()))
            self._open = {}
            if connection.is_open:
                connection.close()
            connection.ioloop.close()

    def _check_progress(self, before: tuple[int, int] | None) -> None:
        """Give the connection up where nothing was sent or confirmed since the last time, and something should."""
        now = (self._tag, self.result.confirmed)
        if now != before or (self._will_fill and not self._open):
            self._connection.ioloop.call_later(_STALL_SECONDS, partial(self._check_progress, now))
            return
        self._failure = BrokerUnreachableError(f"the broker has confirmed nothing for {_STALL_SECONDS} seconds")
        if self._connection.is_open:
            self._connection.close()
        self._connection.ioloop.call_later(_CLOSE_SECONDS, self._connection.ioloop.stop)

    def _on_channel(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_returned)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._fill_after(0))

    def _on_lost(self, connection: pika.SelectConnection, reason: BaseException | str) -> None:
        if not self._done and self._failure is None:
            self._failure = reason if isinstance(reason, BaseException) else BrokerUnreachableError(reason)
        connection.ioloop.stop()

    def _on_channel_closed(self, _: Channel, reason: BaseException) -> None:
        """Remember why; a refused exchange closes the channel and leaves the connection open."""
        if not self._done and self._connection.is_open:
            self._failure = reason
            self._connection.close()

    def _on_returned(self, _: Channel, method: Any, __: Any, body: bytes) -> None:
        self.result.unroutable += 1
        if len(self.result.returned) < _REMEMBERED:
            # What is returned is confirmed after that, so that it is still among the open ones.
            key = method.routing_key
            found = (sent for sent in self._open.values() if (sent.routing_key, sent.body) == (key, body))
            self.result.returned.append(next(found, Outgoing(key, body)))

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        # Tags are in the order of sending, so that what a multiple confirm covers is at the front.
        tags = (
            [*takewhile(lambda tag: tag <= method.delivery_tag, self._open)]
            if method.multiple
            else [method.delivery_tag]
        )
        done = [self._open.pop(tag) for tag in tags]
        if isinstance(method, pika.spec.Basic.Nack):
            self._again.extend(done)
        else:
            self.result.confirmed += len(done)
            self._well = time.monotonic()
            self._progress(self.result.confirmed)
        if len(self._open) <= _WINDOW // 2:
            self._fill_after(0)

    def _fill_after(self, seconds: float) -> None:
        """Fill the window from the loop itself: what the source raises in a callback of pika's is a lost connection."""
        if not self._will_fill:
            self._will_fill = True
            self._connection.ioloop.call_later(seconds, self._fill)

    def _fill(self) -> None:
        self._will_fill = False
        if self._channel is None or not self._channel.is_open:
            return
        while len(self._open) < _WINDOW:
            try:
                message = self._again.popleft() if self._again else next(self._source)
            except StopIteration:
                break
            if message is None:
                # Nothing to wait for is as good a sign of the broker as a confirm.
                self._well = self._well if self._open else time.monotonic()
                self._fill_after(_POLL_SECONDS)
                return
            self._tag += 1
            self._open[self._tag] = message
            self._channel.basic_publish(
                self._exchange,
                message.routing_key,
                message.body,
                pika.BasicProperties(
                    content_type="application/json",
                    delivery_mode=_PERSISTENT,
                    headers=dict(message.headers) if message.headers else None,
                ),
                mandatory=True,
            )
        if not self._open:
            self._done = True
            self._connection.close()
