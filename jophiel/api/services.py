"""What the routes share: made once with the application, passed to whoever needs it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
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
    from jophiel.embeddings.wish import Wishes

_CALLERS = 10_000


class Limiter:
    """A token bucket for each caller: `rate` a second, twice as many at once; a rate of 0 limits nobody."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(1.0, 2 * rate)
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> None:
        """Count a request. Raises a 429."""
        if not self._rate:
            return
        now = time.monotonic()
        left, at = self._buckets.get(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        if left < 1:
            self._buckets[caller] = (left, now)
            seconds = max(1, round((1 - left) / self._rate + 0.5))
            raise Problem(TOO_MANY, f"At most {self._rate:g} requests a second.", retry_after=seconds)
        if len(self._buckets) >= _CALLERS and caller not in self._buckets:
            # Who has been quiet for so long has a full bucket and loses nothing.
            quiet = self._most / self._rate
            self._buckets = {name: b for name, b in self._buckets.items() if now - b[1] < quiet}
        self._buckets[caller] = (left - 1, now)

    def give_back(self, caller: str) -> None:
        """Take back the last count."""
        if self._rate and caller in self._buckets:
            left, at = self._buckets[caller]
            self._buckets[caller] = (left + 1, at)


@lru_cache(maxsize=1024)
def _network(address: str) -> str:
    """Return whom an address belongs to: of IPv6 everybody has 2^64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ip_network((int(found), 64), strict=False))  # noqa: PLR2004


def _caller_address(client: tuple[str, int] | None) -> str:
    return _network(client[0]) if client else ""


@dataclass(slots=True)
class Services:
    """The shared parts."""

    settings: ApiSettings
    gateway: AsyncGateway
    authenticator: Authenticator
    callers: Limiter
    addresses: Limiter
    metrics: Metrics
    batch: BatchRunner
    broker: BrokerWatch
    dead_letters: DeadLetters
    live: Live
    wishes: Wishes
    logger: logging.Logger = field(default_factory=lambda: get_logger("api"))

    def admit_anybody(self, scope: Scope) -> Principal:
        """Let in whoever calls what is open to everybody, as often as an address may. Raises a 429."""
        self.addresses.take(_caller_address(scope.get("client")))
        return ANYBODY

    def admit(self, scope: Scope, authorization: bytes | None) -> Principal:
        """Return who calls, by the header Authorization, as often as the caller may. Raises 401 and 429.

        A token that has not been seen counts against its address until it has proved good: checking it is what costs,
        and what is refused, is refused to somebody without a name. Good tokens count against their bearer only, so that
        one address may call for any number of users.
        """
        principal = self.authenticator.remembered(authorization)
        if principal is None:
            address = _caller_address(scope.get("client"))
            self.addresses.take(address)
            principal = self.authenticator.authenticate(authorization)
            self.addresses.give_back(address)
        scope["jophiel.caller"] = principal.name
        self.count(principal, scope.get("client"))
        return principal

    def count(self, principal: Principal, client: tuple[str, int] | None) -> None:
        """Count a request of somebody who is known. Raises a 429."""
        self.callers.take(_caller_address(client) if principal is ANYBODY else principal.name)
