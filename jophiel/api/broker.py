"""The broker as the API sees it: how many messages wait, asked for at most every few seconds, in a thread.

Nobody waits long for a broker that takes connections and then says nothing, which is noticed after twenty seconds only.

Who starts the application gives the function that asks (`jophiel serve` does), as `api` knows nothing of `events`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jophiel.api import models
from jophiel.errors import JophielError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeAlias

    class QueueDepth(Protocol):
        """Messages that wait and consumers of a queue; None where there is no such queue."""

        @property
        def ready(self) -> int | None:
            """Messages that wait to be delivered."""

        @property
        def consumers(self) -> int | None:
            """Consumers of the queue."""

    # The queue of events and that of dead letters.
    ReadDepths: TypeAlias = "Callable[[], tuple[QueueDepth, QueueDepth]]"

_SECONDS = 5.0
# What is older says nothing any more: a new answer is waited for, so long.
_OLD_SECONDS = 60.0
_WAIT_SECONDS = 2.0


class BrokerWatch:
    """What was last heard of the broker."""

    def __init__(self, read_depths: ReadDepths | None) -> None:
        self._read_depths = read_depths
        self._task: asyncio.Task[None] | None = None
        self._answered_at = float("-inf")
        self._known = _unknown(
            "the broker has not answered yet" if read_depths else "no broker is configured (JOPHIEL_AMQP_URL)"
        )

    async def status(self) -> models.Broker:
        """Return what is known; where that is older than five seconds, it is asked for beside that. Never raises."""
        age = time.monotonic() - self._answered_at
        if self._read_depths is None or age <= _SECONDS:
            return self._known
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._refresh(self._read_depths))
        if age > _OLD_SECONDS:
            await asyncio.wait({self._task}, timeout=_WAIT_SECONDS)
        return self._known

    async def _refresh(self, read_depths: ReadDepths) -> None:
        self._known = await self._ask(read_depths)
        self._answered_at = time.monotonic()

    @staticmethod
    async def _ask(read_depths: ReadDepths) -> models.Broker:
        try:
            queue, dead = await asyncio.to_thread(read_depths)
        except JophielError as error:
            return _unknown(error.message)
        if queue.ready is None or queue.consumers is None:
            reason = "there is no such queue yet: jophiel consume declares it"
            return models.Broker(answers=True, queue=None, dead_letters=dead.ready, reason=reason)
        depth = models.BrokerQueue(messages=queue.ready, consumers=queue.consumers)
        return models.Broker(answers=True, queue=depth, dead_letters=dead.ready, reason=None)


def _unknown(reason: str) -> models.Broker:
    return models.Broker(answers=False, queue=None, dead_letters=None, reason=reason)
