"""The broker as the API sees it: how many messages wait, asked for at most every few seconds, in a thread.

Nobody waits long for a broker that takes connections and then says nothing, which is noticed after twenty seconds only.

Who starts the application gives what asks (`jophiel serve` does), as `api` knows nothing of `events`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jophiel.api import models
from jophiel.errors import JophielError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class QueueDepth(Protocol):
        """Messages that wait and consumers of a queue; None where there is no such queue."""

        @property
        def ready(self) -> int | None:
            """Messages that wait to be delivered."""

        @property
        def consumers(self) -> int | None:
            """Consumers of the queue."""

    class Control(Protocol):
        """Asks the broker; each call may take long and raises BrokerError. jophiel.events.control is one."""

        def depths(self) -> tuple[QueueDepth, QueueDepth]:
            """Return the depths of the queue of events and of that of dead letters."""

        def dead_letters(self, limit: int) -> tuple[Sequence[object], int]:
            """Return some dead letters, with the attributes of models.DeadLetter, and how many there are."""

        def replay(self, limit: int) -> tuple[int, int]:
            """Send some dead letters again; return how many, and how many are left."""

        def purge(self) -> int:
            """Throw all dead letters away; return how many."""


_SECONDS = 5.0
# What is older says nothing any more: a new answer is waited for, so long.
_OLD_SECONDS = 60.0
_WAIT_SECONDS = 2.0


class BrokerWatch:
    """What was last heard of the broker."""

    def __init__(self, control: Control | None) -> None:
        self._control = control
        self._task: asyncio.Task[None] | None = None
        self._answered_at = float("-inf")
        self._known = _unknown(
            "the broker has not answered yet" if control else "no broker is configured (JOPHIEL_AMQP_URL)"
        )

    async def status(self) -> models.Broker:
        """Return what is known; where that is older than five seconds, it is asked for beside that. Never raises."""
        age = time.monotonic() - self._answered_at
        if self._control is None or age <= _SECONDS:
            return self._known
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._refresh(self._control))
        if age > _OLD_SECONDS:
            await asyncio.wait({self._task}, timeout=_WAIT_SECONDS)
        return self._known

    def outdate(self) -> None:
        """Ask anew before the next answer: somebody has changed what was known."""
        self._answered_at = float("-inf")

    async def _refresh(self, control: Control) -> None:
        self._known = await self._ask(control)
        self._answered_at = time.monotonic()

    @staticmethod
    async def _ask(control: Control) -> models.Broker:
        try:
            queue, dead = await asyncio.to_thread(control.depths)
        except JophielError as error:
            return _unknown(error.message)
        if queue.ready is None or queue.consumers is None:
            reason = "there is no such queue yet: jophiel consume declares it"
            return models.Broker(answers=True, queue=None, dead_letters=dead.ready, reason=reason)
        depth = models.BrokerQueue(messages=queue.ready, consumers=queue.consumers)
        return models.Broker(answers=True, queue=depth, dead_letters=dead.ready, reason=None)


def _unknown(reason: str) -> models.Broker:
    return models.Broker(answers=False, queue=None, dead_letters=None, reason=reason)
