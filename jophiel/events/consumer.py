"""`jophiel consume`: messages from the queue into the database, acknowledged after the commit.

Two threads a process. One owns the connection that consumes, answers its heartbeats whatever the database does, and
acknowledges; the other commits batches, and publishes dead letters over a connection of their own. While a batch is
committed, the next one arrives: a batch is what has queued up meanwhile, so that a lone event waits for nobody and a
deep queue is worked off in full batches.

A message is acknowledged when its effects are committed, or when its dead letter is confirmed. Whatever dies in
between, the message is delivered again, and the event's id tells that it was applied.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pika
import pika.exceptions

from jophiel.errors import BrokerError
from jophiel.events import dead_letters
from jophiel.events.broker import connect, pauses
from jophiel.events.dead_letters import Delivery
from jophiel.events.ingestion import AbandonedError, Counters, Ingester
from jophiel.events.topology import declare
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from pika.adapters.blocking_connection import BlockingChannel

    from jophiel.events.ingestion import Connect
    from jophiel.settings import Settings

_LOGGER = get_logger("events")
_TICK_SECONDS = 0.25
_REPORT_SECONDS = 10.0
_BATCH_BYTES = 32 * 1024 * 1024


class Consumer:
    """Consumes until it is told to stop, whatever the broker and the database do meanwhile."""

    def __init__(self, settings: Settings, database: Connect, *, batch: int = 200, prefetch: int = 400) -> None:
        self._settings = settings
        self._batch = batch
        self._prefetch = prefetch
        self._consuming = False
        self.counters = Counters()
        self._ingester = Ingester(database, self.counters)
        self._reported = (time.monotonic(), self.counters.as_dict())

    def run(self, stopping: threading.Event) -> None:
        """Consume until `stopping` is set; then finish the batch in hand and return."""
        waits = pauses()
        while not stopping.is_set():
            try:
                began = time.monotonic()
                self._consuming = False
                self._consume(stopping)
            except BrokerError as error:
                self.counters.reconnects += 1
                _LOGGER.warning(
                    "%s: %s", "lost the broker, connecting again" if self._consuming else "no broker, connecting", error
                )
                if time.monotonic() - began > _REPORT_SECONDS:
                    waits = pauses()
                stopping.wait(next(waits))
        self._ingester.close()
        self._report()
        _LOGGER.info("stopped", extra=self.counters.as_dict())

    def _consume(self, stopping: threading.Event) -> None:
        """Work over one connection until it is lost, which raises BrokerError, or `stopping` is set."""
        with connect(self._settings, "jophiel consume") as connection:
            declare(connection, self._settings.broker)
            channel = connection.channel()
            channel.basic_qos(prefetch_count=self._prefetch)
            worker = _Worker(self._ingester, self.counters, connection, self._settings, self._batch)
            worker.start()
            try:
                tag = channel.basic_consume(self._settings.broker.queue, worker.take)
                self._consuming = True
                _LOGGER.info("consuming", extra={"queue": self._settings.broker.queue})
                while not stopping.is_set():
                    connection.process_data_events(_TICK_SECONDS)
                    _acknowledge(worker.settled, channel)
                    self._check(worker, channel, tag)
                    if time.monotonic() - self._reported[0] >= _REPORT_SECONDS:
                        self._report()
                worker.finish()
                while worker.is_alive() and channel.is_open:
                    connection.process_data_events(_TICK_SECONDS)
                _acknowledge(worker.settled, channel)
            finally:
                # What it has not begun goes back to the queue with the connection.
                worker.finish()
                worker.join()

    def _check(self, worker: _Worker, channel: BlockingChannel, tag: str) -> None:
        """Notice what pika does not raise: a channel closed by the broker, a queue deleted, a worker that has died."""
        if worker.failure is not None:
            raise worker.failure
        if not channel.is_open:
            raise BrokerError("the broker has closed the channel")
        if tag not in channel.consumer_tags:
            raise BrokerError(f"the queue {self._settings.broker.queue} was deleted")

    def _report(self) -> None:
        """Log what happened since the last report, if anything did."""
        now, counts = time.monotonic(), self.counters.as_dict()
        since, before = self._reported
        self._reported = (now, counts)
        if counts != before:
            changes = {name: value - before[name] for name, value in counts.items()}
            events = sum(changes[name] for name in ("applied", "duplicate", "pending", "rejected"))
            _LOGGER.info("consumed", extra={**changes, "per_second": round(events / (now - since), 1)})


def _acknowledge(settled: deque[int], channel: BlockingChannel) -> None:
    """Acknowledge what is settled; a tag stands for all before it."""
    tag = None
    while settled:
        tag = settled.popleft()
    if tag is not None:
        channel.basic_ack(tag, multiple=True)


class _Worker(threading.Thread):
    """Commits batches of what it is given, in order."""

    def __init__(
        self,
        ingester: Ingester,
        counters: Counters,
        connection: pika.BlockingConnection,
        settings: Settings,
        batch: int,
    ) -> None:
        super().__init__(name="jophiel-ingest", daemon=True)
        self.settled: deque[int] = deque()
        self.failure: BaseException | None = None
        self._ingester = ingester
        self._counters = counters
        self._connection = connection
        self._settings = settings
        self._batch = batch
        self._waiting: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._finishing = threading.Event()

    def take(self, _: BlockingChannel, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        """Take a message from the broker."""
        self._waiting.put(Delivery(method.delivery_tag, method.routing_key, properties.headers or {}, body))

    def finish(self) -> None:
        """Commit the batch in hand, unless the database is away, and begin no other."""
        self._finishing.set()
        self._waiting.put(None)

    def run(self) -> None:
        """Commit batches until told to finish."""
        try:
            while not self._finishing.is_set():
                deliveries = self._next_batch()
                if not deliveries:
                    return
                refused = self._ingester.ingest([delivery.body for delivery in deliveries], self._finishing)
                if refused:
                    dead_letters.bury(self._settings, [(deliveries[at], why) for at, why in sorted(refused.items())])
                    self._counters.dead_lettered += len(refused)
                self.settled.append(deliveries[-1].tag)
                self._wake()
        except AbandonedError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that is waited for
            self.failure = error
            self._wake()

    def _next_batch(self) -> list[Delivery]:
        found = self._waiting.get()
        deliveries: list[Delivery] = []
        size = 0
        while found is not None:
            deliveries.append(found)
            size += len(found.body)
            if len(deliveries) >= self._batch or size >= _BATCH_BYTES:
                break
            try:
                found = self._waiting.get_nowait()
            except queue.Empty:
                break
        return deliveries

    def _wake(self) -> None:
        # A connection that has closed meanwhile is the other thread's to notice.
        with suppress(pika.exceptions.AMQPError):
            self._connection.add_callback_threadsafe(lambda: None)
