"""Batches of messages into the database: tried until they are in; what can never be in is told apart from the rest."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jophiel.database.gateway import Gateway
from jophiel.errors import DatabaseError, DatabaseUnreachableError, JophielError
from jophiel.events import messages
from jophiel.events.broker import pauses
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event

    import psycopg

    Connect = Callable[[], psycopg.Connection[Any]]

_LOGGER = get_logger("events")

# Errors that say nothing about the events: lost connections, logins, deadlocks, space, locks, shutdowns, disks, and a
# schema that is missing or closed to us. Everything else is looked into.
_TRANSIENT = ("08", "25", "28", "3D", "3F", "40", "42501", "53", "55", "57", "58")
# A single event is accused after this many attempts, as an internal error of the server may be a passing one.
_ATTEMPTS = 3


class AbandonedError(JophielError):
    """The batch was given up because the consumer is to stop; nothing of it is in the database."""


@dataclass(slots=True)
class Counters:
    """What happened since the process began, in events; `failures` are the database's, another attempt follows each."""

    applied: int = 0
    duplicate: int = 0
    pending: int = 0
    rejected: int = 0
    batches: int = 0
    failures: int = 0
    reconnects: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counters by their names."""
        return asdict(self)


class Ingester:
    """Calls `jophiel.ingest_events` over a connection that is made anew whenever it is lost. For one thread."""

    def __init__(self, connect: Connect, counters: Counters) -> None:
        self._connect = connect
        self._counters = counters
        self._gateway: Gateway | None = None

    def ingest(self, bodies: Sequence[bytes], giving_up: Event) -> dict[int, str]:
        """Commit a batch; return why the bodies at some positions can never be applied.

        Waits for the database for as long as it takes, until `giving_up` is set: raises AbandonedError.
        """
        faults = [messages.fault(body) for body in bodies]
        refused = {position: reason for position, reason in enumerate(faults) if reason is not None}
        sound = [position for position in range(len(bodies)) if position not in refused]
        self._ingest(bodies, sound, refused, giving_up)
        self._counters.batches += 1
        self._counters.rejected += len(refused)
        return refused

    def close(self) -> None:
        """Close the connection."""
        if self._gateway is not None:
            self._gateway.connection.close()
            self._gateway = None

    def _ingest(
        self, bodies: Sequence[bytes], positions: Sequence[int], refused: dict[int, str], giving_up: Event
    ) -> None:
        """Apply the bodies at `positions`; halve them where one makes the whole call fail, until it stands alone."""
        if not positions:
            return
        try:
            outcomes = self._call(messages.batch(bodies[position] for position in positions), len(positions), giving_up)
        except DatabaseError as error:
            if len(positions) == 1:
                refused[positions[0]] = f"{error.sqlstate}: {error.message}"
                return
            _LOGGER.warning("an event fails its batch of %d: %s", len(positions), error)
            middle = len(positions) // 2
            self._ingest(bodies, positions[:middle], refused, giving_up)
            self._ingest(bodies, positions[middle:], refused, giving_up)
            return
        for position, (outcome, reason) in zip(positions, outcomes, strict=True):
            if outcome == "rejected":
                refused[position] = reason or "rejected"
            else:
                setattr(self._counters, outcome, getattr(self._counters, outcome) + 1)

    def _call(self, batch: str, size: int, giving_up: Event) -> list[tuple[str, str | None]]:
        """Return the outcomes of a batch. Raises DatabaseError only where the events are to blame for it."""
        attempts = 0
        for pause in pauses():
            try:
                return self._connected().ingest_events(batch)
            except DatabaseError as error:
                attempts += 1
                if self._blames_the_events(error) and (size > 1 or attempts >= _ATTEMPTS):
                    raise
                self._counters.failures += 1
                _LOGGER.warning(
                    "the database failed, trying again: %s", error, extra={"attempt": attempts, "events": size}
                )
            if giving_up.wait(pause):
                break
        raise AbandonedError

    def _connected(self) -> Gateway:
        if self._gateway is not None and self._gateway.connection.closed:
            self._gateway = None
        if self._gateway is None:
            gateway = Gateway(self._connect())
            # What was acknowledged must survive a crash, whatever the database's default is.
            gateway.require_durable_commits()
            self._gateway = gateway
        return self._gateway

    def _blames_the_events(self, error: DatabaseError) -> bool:
        """Whether an error comes from what was sent: not a passing one, and the same call without events works."""
        if (
            isinstance(error, DatabaseUnreachableError)
            or error.sqlstate is None
            or error.sqlstate.startswith(_TRANSIENT)
        ):
            return False
        try:
            self._connected().ingest_events("[]")
        except DatabaseError:
            return False
        return True
