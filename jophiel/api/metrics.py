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

    from jophiel.database.asynchronous import AsyncGateway

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# Counting stale feeds reads a row a user: not more often than this, however often somebody asks.
_STATUS_SECONDS = 10.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class _Requests(Collector):
    """Requests by route. Counted by hand: prometheus_client's own take a tenth of the time of a whole request."""

    def __init__(self, requests: dict[tuple[str, str, int], list[float]]) -> None:
        self._requests = requests

    def collect(self) -> Iterator[Metric]:
        """Yield the counter and the histogram."""
        counter = CounterMetricFamily(
            "jophiel_http_requests", "Requests answered.", labels=("method", "route", "status")
        )
        seconds = HistogramMetricFamily(
            "jophiel_http_request_seconds",
            "Seconds from the head of a request to the end of its answer.",
            labels=("method", "route"),
        )
        sums: dict[tuple[str, str], list[float]] = {}
        for (method, route, status), cells in list(self._requests.items()):
            counter.add_metric((method, route, str(status)), sum(cells[:-1]))
            known = sums.get((method, route), [0.0] * len(cells))
            sums[method, route] = [a + b for a, b in zip(known, cells, strict=True)]
        for labels, cells in sums.items():
            bounds = [*map(str, _BUCKETS), "+Inf"]
            seconds.add_metric(labels, list(zip(bounds, accumulate(cells[:-1]), strict=True)), cells[-1])
        yield counter
        yield seconds


class Metrics:
    """The metrics of one application."""

    content_type = b"text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests: dict[tuple[str, str, int], list[float]] = {}
        self.registry.register(_Requests(self._requests))
        self._up = Gauge("jophiel_database_up", "Whether the database answers.", registry=self.registry)
        self._pending = Gauge(
            "jophiel_pending", "Items or users that wait for a stage of the batch.", ("stage",), registry=self.registry
        )
        self._stage_seconds = Gauge(
            "jophiel_stage_seconds", "Seconds of a batch stage's last run.", ("stage",), registry=self.registry
        )
        self._feeds = Gauge("jophiel_feeds", "Stored feeds.", registry=self.registry)
        self._age = Gauge(
            "jophiel_feed_age_seconds", "Age of the stored feeds.", ("statistic",), registry=self.registry
        )
        self._users = Gauge("jophiel_users", "Users.", registry=self.registry)
        self._items = Gauge("jophiel_items", "Items that can be recommended.", registry=self.registry)
        self._asked_at = float("-inf")

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        cells = self._requests.get((method, route, status))
        if cells is None:
            key = (method if method in _METHODS else "other", route, status)
            cells = self._requests.setdefault(key, [0.0] * (len(_BUCKETS) + 2))
        cells[bisect_left(_BUCKETS, seconds)] += 1
        cells[-1] += seconds

    async def render(self, gateway: AsyncGateway) -> bytes:
        """Return the text that Prometheus reads; without the engine's state where the database is away."""
        now = time.monotonic()
        if now - self._asked_at > _STATUS_SECONDS:
            self._asked_at = now
            try:
                self._take(json.loads(await gateway.status() or b"{}"))
                self._up.set(1)
            except JophielError:
                self._up.set(0)
                self._asked_at = float("-inf")
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
