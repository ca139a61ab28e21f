"""Messages that could not be used: read without taking them, sent again, thrown away; one such request at a time.

What is being read is out of the queue for that moment, so that two at once would each see a part.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from jophiel.api import models
from jophiel.api.problems import CONFLICT, UNAVAILABLE, Problem
from jophiel.errors import JophielError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from jophiel.api.broker import Control

Found = TypeVar("Found")

# A broker that takes connections and then says nothing is noticed after twenty seconds only.
_WAIT_SECONDS = 10.0
_RETRY_AFTER = 10


class DeadLetters:
    """The dead letters of the broker that a process knows."""

    def __init__(self, control: Control | None, logger: logging.Logger) -> None:
        self._control = control
        self._logger = logger
        self._lock = asyncio.Lock()

    async def read(self, limit: int) -> models.DeadLetters:
        """Return the oldest; they stay where they are. Raises problems and BrokerError, as all of these do."""
        control = self._known()
        found, total = await self._do(lambda: control.dead_letters(limit))
        letters = [models.DeadLetter.model_validate(letter, from_attributes=True) for letter in found]
        return models.DeadLetters(dead_letters=letters, total=total)

    async def replay(self, limit: int) -> models.Replayed:
        """Send the oldest again."""
        control = self._known()
        replayed, left = await self._do(lambda: control.replay(limit))
        return models.Replayed(replayed=replayed, left=left)

    async def purge(self) -> models.Purged:
        """Throw all away."""
        control = self._known()
        return models.Purged(purged=await self._do(control.purge))

    def _known(self) -> Control:
        if self._control is None:
            raise Problem(CONFLICT, "No broker is configured.", hint="JOPHIEL_AMQP_URL names one.")
        return self._control

    async def _do(self, work: Callable[[], Found]) -> Found:
        task = asyncio.create_task(self._in_turn(work))
        done, _ = await asyncio.wait({task}, timeout=_WAIT_SECONDS)
        if not done:
            # Nobody waits for it any more, and what it says at last is for the log.
            task.add_done_callback(self._note)
            raise Problem(
                UNAVAILABLE,
                "The broker has not answered yet; what was asked of it goes on meanwhile.",
                retry_after=_RETRY_AFTER,
            )
        return task.result()

    async def _in_turn(self, work: Callable[[], Found]) -> Found:
        async with self._lock:
            return await asyncio.to_thread(work)

    def _note(self, task: asyncio.Task[Found]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            trace = None if isinstance(error, JophielError) else error
            self._logger.warning("dead letters: the broker failed late", extra={"error": str(error)}, exc_info=trace)
