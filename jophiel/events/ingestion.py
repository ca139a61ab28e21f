"""Batches of messages into the database: tried until they are in; what can never be in is told apart from the rest."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from jophiel.database.gateway import Gateway
from jophiel.errors import (
    DatabaseError,
    DatabaseUnreachableError,
    EmbeddedServerError,
    JophielError,
)
from jophiel.events import messages
from jophiel.events.broker import pauses
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event

    import psycopg

    Connect = Callable[[], psycopg.Connection[Any]]

_LOGGER = get_logger("events")

# Errors that pass and say nothing about the events: lost connections, logins, deadlocks, space, locks, shutdowns.
_PASSING = ("08", "25", "28", "3D", "3F", "40", "53", "55", "57", "58")
# Errors of the installation, which somebody must mend: objects missing or closed to us, plans outdated, data corrupted.
_SYSTEMIC = ("0A", "42", "F0", "XX")
# Errors that a smaller batch may not meet: limits, memory, and what took too long or waited for too many locks.
_TOO_MUCH = ("25P04", "53200", "53400", "54", "55P03", "57014")
_ATTEMPTS_AT_TOO_MUCH = 2
# Errors of data.
_DATA = "22"
# A single event is accused after this many attempts, as an internal error of the server may be a passing one.
_ATTEMPTS = 3
# So many events in a row are not all to blame for the same error.
_ACCUSED_IN_A_ROW = 20


class AbandonedError(JophielError):
    """The batch was given up because the consumer is to stop; nothing of it is in the database."""


@dataclass(slots=True)
class Counters:
    """What happened since the process began, in events; `failures` are the database's, another attempt follows each.

    `committed_at` is when a batch was last committed, in seconds since 1970.
    """

    applied: int = 0
    duplicate: int = 0
    pending: int = 0
    rejected: int = 0
    dead_lettered: int = 0
    batches: int = 0
    failures: int = 0
    reconnects: int = 0
    committed_at: float = 0.0

    def as_dict(self) -> dict[str, int]:
        """Return the counters by their names."""
        return {name: value for name, value in asdict(self).items() if name != "committed_at"}


class Ingester:
    """Calls `jophiel.ingest_events` over a connection that is made anew whenever it is lost. For one thread."""

    def __init__(self, connect: Connect, counters: Counters) -> None:
        self._connect = connect
        self._counters = counters
        self._gateway: Gateway | None = None
        # How many single events in a row have failed with which SQLSTATE.
        self._accused = ("", 0)

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
        """Apply the bodies at `positions`; halve them where they fail together, until the one to blame stands alone."""
        if not positions:
            return
        try:
            outcomes = self._call(messages.batch(bodies[position] for position in positions), len(positions), giving_up)
        except DatabaseError as error:
            if len(positions) == 1:
                refused[positions[0]] = f"{error.sqlstate}: {error.message}"
                return
            _LOGGER.warning("a batch of %d fails, halving it: %s", len(positions), error)
            middle = len(positions) // 2
            self._ingest(bodies, positions[:middle], refused, giving_up)
            self._ingest(bodies, positions[middle:], refused, giving_up)
            return
        self._counters.committed_at = time.time()
        if any(outcome != "rejected" for outcome, _ in outcomes):
            self._accused = ("", 0)
        for position, (outcome, reason) in zip(positions, outcomes, strict=True):
            if outcome == "rejected":
                refused[position] = reason or "rejected"
            else:
                setattr(self._counters, outcome, getattr(self._counters, outcome) + 1)

    def _call(self, batch: str, size: int, giving_up: Event) -> list[tuple[str, str | None]]:
        """Return the outcomes of a batch. Raises DatabaseError where it is no use to try all of it again."""
        attempts = 0
        for pause in pauses():
            try:
                return self._connected().ingest_events(batch)
            except (DatabaseError, EmbeddedServerError) as error:
                attempts += 1
                if self._is_hopeless(error, batch, size, attempts):
                    raise
                self._counters.failures += 1
                systemic = self._is_systemic(error)
                _LOGGER.log(
                    logging.ERROR if systemic else logging.WARNING,
                    "the database failed, trying again: %s",
                    error,
                    extra={"attempt": attempts, "events": size, "sqlstate": error.sqlstate},
                )
                if systemic:
                    # Whoever mends it may have replaced what this connection has planned.
                    self.close()
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

    def _is_hopeless(self, error: JophielError, batch: str, size: int, attempts: int) -> bool:
        """Whether a batch is to be halved, or its single event to be refused, instead of being tried again."""
        state = error.sqlstate
        if state is None or isinstance(error, EmbeddedServerError):
            return False
        if size > 1 and state.startswith(_TOO_MUCH):
            return attempts >= _ATTEMPTS_AT_TOO_MUCH
        if isinstance(error, DatabaseUnreachableError) or state.startswith(_PASSING + _SYSTEMIC):
            return False
        if size == 1 and self._is_no_jsonb(state, batch):
            return True
        if size == 1 and attempts < _ATTEMPTS:
            return False
        # The same call without events works, or they are not to blame.
        return self._fails_with("[]") is None and (size > 1 or self._accuse(state))

    def _is_no_jsonb(self, state: str, batch: str) -> bool:
        """Whether PostgreSQL cannot read the text at all, which is its own fault beyond doubt."""
        if not state.startswith(_DATA):
            return False
        # For what is no array the engine has an error of its own; what is no jsonb does not come that far.
        error = self._fails_with(f'{{"events": {batch}}}')
        return error is not None and error.sqlstate == state

    def _accuse(self, state: str) -> bool:
        """Whether a single event is to blame for an error; not where too many in a row would be."""
        last, count = self._accused
        if last != state:
            count = 0
        if count < _ACCUSED_IN_A_ROW:
            self._accused = (state, count + 1)
            return True
        return False

    def _is_systemic(self, error: JophielError) -> bool:
        state = error.sqlstate or ""
        return state.startswith(_SYSTEMIC) or self._accused == (state, _ACCUSED_IN_A_ROW)

    def _fails_with(self, batch: str) -> JophielError | None:
        """Return how the database refuses a batch that changes nothing."""
        try:
            self._connected().ingest_events(batch)
        except (DatabaseError, EmbeddedServerError) as error:
            return error
        return None
