"""Prometheus metrics: requests by route as they happen, the state of the engine when somebody asks."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from jophiel.errors import JophielError

if TYPE_CHECKING:
    from jophiel.database.asynchronous import AsyncGateway

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# Counting stale feeds reads a row a user: not more often than this, however often somebody asks.
_STATUS_SECONDS = 10.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Metrics:
    """The metrics of one application."""

    content_type = b"text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "jophiel_http_request_seconds",
            "Seconds from the head of a request to the end of its answer.",
            ("method", "route"),
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self._requests = Counter(
            "jophiel_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
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
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}
        self._asked_at = float("-inf")

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        children = self._children.get((method, route, status))
        if children is None:
            label = method if method in _METHODS else "other"
            children = self._seconds.labels(label, route), self._requests.labels(label, route, str(status))
            if method in _METHODS:
                self._children[method, route, status] = children
        children[0].observe(seconds)
        children[1].inc()

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
