"""Prometheus metrics: requests by route as they happen, the state of the engine when somebody asks."""

from __future__ import annotations

import json
import time
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from jophiel.errors import JophielError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from jophiel.api.services import Services

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# Counting stale feeds reads a row a user: not more often than this, however often somebody asks.
_STATUS_SECONDS = 10.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class _Seconds(dict[tuple[str, ...], list[float]]):
    """Histograms by labels: a cell a bucket, one above all, and the sum.

    Counted by hand: prometheus_client's own take a tenth of the time of a whole request.
    """

    def count(self, labels: tuple[str, ...], seconds: float) -> None:
        """Count one duration."""
        cells = self.get(labels)
        if cells is None:
            cells = self.setdefault(labels, [0.0] * (len(_BUCKETS) + 2))
        cells[bisect_left(_BUCKETS, seconds)] += 1
        cells[-1] += seconds


def _histogram(name: str, documentation: str, names: tuple[str, ...], seconds: _Seconds) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, documentation, labels=names)
    bounds = [*map(str, _BUCKETS), "+Inf"]
    for labels, cells in seconds.items():
        family.add_metric(labels, list(zip(bounds, accumulate(cells[:-1]), strict=True)), cells[-1])
    return family


class _Counted(Collector):
    """What was counted by hand."""

    def __init__(self, requests: _Seconds, chunks: _Seconds) -> None:
        self._requests = requests
        self._chunks = chunks

    def collect(self) -> Iterator[Metric]:
        """Yield the counter of requests, and the histograms of requests and of the batch."""
        counter = CounterMetricFamily(
            "jophiel_http_requests", "Requests answered.", labels=("method", "route", "status")
        )
        routes = _Seconds()
        for (method, route, status), cells in list(self._requests.items()):
            counter.add_metric((method, route, status), sum(cells[:-1]))
            known = routes.get((method, route), [0.0] * len(cells))
            routes[method, route] = [a + b for a, b in zip(known, cells, strict=True)]
        yield counter
        yield _histogram(
            "jophiel_http_request_seconds",
            "Seconds from the head of a request to the end of its answer.",
            ("method", "route"),
            routes,
        )
        yield _histogram(
            "jophiel_batch_chunk_seconds",
            "Seconds of the chunks of the batch that ended since this process was first asked.",
            ("stage",),
            self._chunks,
        )


class Metrics:
    """The metrics of one application."""

    content_type = b"text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests, self._chunks = _Seconds(), _Seconds()
        self.registry.register(_Counted(self._requests, self._chunks))
        self._up = self._gauge("database_up", "Whether the database answers.")
        self._pending = self._gauge("pending", "Items or users that wait for a stage of the batch.", "stage")
        self._stage_seconds = self._gauge("stage_seconds", "Seconds of a batch stage's last run.", "stage")
        self._feeds = self._gauge("feeds", "Stored feeds.")
        self._age = self._gauge("feed_age_seconds", "Age of the stored feeds.", "statistic")
        self._users = self._gauge("users", "Users.")
        self._items = self._gauge("items", "Items that can be recommended.")
        self._broker_up = self._gauge(
            "broker_up", "Whether the message broker answers; 0 too where none is configured."
        )
        self._messages = self._gauge("queue_messages", "Messages that wait at the broker; NaN: unknown.", "queue")
        self._consumers = self._gauge("queue_consumers", "Consumers of the queue of events; NaN: unknown.")
        self._asked_at = float("-inf")
        self._chunks_until: str | None = None

    def _gauge(self, name: str, documentation: str, *labels: str) -> Gauge:
        return Gauge(f"jophiel_{name}", documentation, labels, registry=self.registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests.count((method if method in _METHODS else "other", route, str(status)), seconds)

    async def render(self, services: Services) -> bytes:
        """Return the text that Prometheus reads; without the engine's state where the database is away."""
        now = time.monotonic()
        if now - self._asked_at > _STATUS_SECONDS:
            self._asked_at = now
            try:
                self._take(json.loads(await services.gateway.status() or b"{}"))
                self._take_chunks(json.loads(await services.gateway.chunks(self._chunks_until) or b"{}"))
                self._up.set(1)
            except JophielError:
                self._up.set(0)
                self._asked_at = float("-inf")
        broker = await services.broker.status()
        unknown = float("nan")
        self._broker_up.set(broker.answers)
        self._messages.labels("events").set(broker.queue.messages if broker.queue else unknown)
        self._messages.labels("dead_letters").set(unknown if broker.dead_letters is None else broker.dead_letters)
        self._consumers.set(broker.queue.consumers if broker.queue else unknown)
        return generate_latest(self.registry)

    def _take(self, status: dict[str, Any]) -> None:
        for stage, pending in status["pending"].items():
            self._pending.labels(stage).set(pending)
        for stage, seconds in status["stages"].items():
            self._stage_seconds.labels(stage).set(seconds)
        self._feeds.set(status["feeds"]["count"])
        self._age.labels("mean").set(status["feeds"]["age_mean_seconds"])
        self._age.labels("max").set(status["feeds"]["age_max_seconds"])
        self._users.set(status["users"])
        self._items.set(status["items"])

    def _take_chunks(self, found: dict[str, Any]) -> None:
        for stage, seconds in found["chunks"]:
            self._chunks.count((stage,), seconds)
        self._chunks_until = found["until"]
