"""What the routes share: made once with the application, passed to whoever needs it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jophiel.api.authentication import ANYBODY, Authenticator, Principal
from jophiel.api.problems import TOO_MANY, Problem
from jophiel.logs import get_logger

if TYPE_CHECKING:
    import logging

    from starlette.types import Scope

    from jophiel.api.batch import BatchRunner
    from jophiel.api.broker import BrokerWatch
    from jophiel.api.dead_letters import DeadLetters
    from jophiel.api.live import Live
    from jophiel.api.metrics import Metrics
    from jophiel.api.settings import ApiSettings
    from jophiel.database.asynchronous import AsyncGateway

_CALLERS = 10_000


class Limiter:
    """A token bucket for each caller: `rate` a second, twice as many at once."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: dict[str, tuple[float, float]] = {}

    def check(self, caller: str, scope: Scope) -> None:
        """Count a request. Raises a 429."""
        if not self._rate:
            return
        if caller == ANYBODY.name:
            caller = (scope.get("client") or ("", 0))[0]
        now = time.monotonic()
        most = max(1.0, 2 * self._rate)
        left, at = self._buckets.get(caller, (most, now))
        left = min(most, left + (now - at) * self._rate)
        if left < 1:
            self._buckets[caller] = (left, now)
            seconds = max(1, round((1 - left) / self._rate + 0.5))
            raise Problem(TOO_MANY, f"At most {self._rate:g} requests a second.", retry_after=seconds)
        if len(self._buckets) >= _CALLERS and caller not in self._buckets:
            # Who has been quiet has a full bucket and loses nothing.
            self._buckets = {name: b for name, b in self._buckets.items() if now - b[1] < 2}  # noqa: PLR2004
        self._buckets[caller] = (left - 1, now)


@dataclass(slots=True)
class Services:
    """The shared parts."""

    settings: ApiSettings
    gateway: AsyncGateway
    authenticator: Authenticator
    limiter: Limiter
    metrics: Metrics
    batch: BatchRunner
    broker: BrokerWatch
    dead_letters: DeadLetters
    live: Live
    logger: logging.Logger = field(default_factory=lambda: get_logger("api"))
    anybody: Principal = ANYBODY
