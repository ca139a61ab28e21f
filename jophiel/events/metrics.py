"""What a consumer counts, for Prometheus."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from jophiel.errors import InputError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from jophiel.events.ingestion import Counters

_LOGGER = get_logger("events")
_ADDRESS = "127.0.0.1"


class _Collector(Collector):
    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """Yield the counters as they are now."""
        now = self._counters
        events = CounterMetricFamily("jophiel_consumer_events", "Events by what became of them.", labels=("outcome",))
        for outcome in ("applied", "duplicate", "pending", "rejected"):
            events.add_metric((outcome,), getattr(now, outcome))
        yield events
        yield CounterMetricFamily("jophiel_consumer_dead_lettered", "Dead letters confirmed.", now.dead_lettered)
        yield CounterMetricFamily("jophiel_consumer_retries", "Batches tried again.", now.failures)
        yield CounterMetricFamily("jophiel_consumer_reconnects", "Connections to the broker lost.", now.reconnects)
        yield GaugeMetricFamily(
            "jophiel_consumer_last_commit_timestamp_seconds", "When a batch was last committed.", now.committed_at
        )


@contextmanager
def served(counters: Counters, port: int) -> Iterator[None]:
    """Answer on a port of loopback during the block; 0 takes a free one. Raises InputError where it is taken."""
    registry = CollectorRegistry()
    registry.register(_Collector(counters))
    try:
        server, thread = start_http_server(port, addr=_ADDRESS, registry=registry)
    except OSError as error:
        raise InputError(f"metrics cannot be served on port {port}: {error.strerror}") from error
    _LOGGER.info("serving metrics", extra={"address": _ADDRESS, "port": server.server_port})
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
