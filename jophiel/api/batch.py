"""A batch cycle that an operator asks for over HTTP: one at a time, in the background."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jophiel.api.problems import CONFLICT, Problem
from jophiel.errors import JophielError

if TYPE_CHECKING:
    import logging

    from jophiel.database.asynchronous import AsyncGateway

_CHUNK = 200


class BatchRunner:
    """Runs the cycle and remembers the last one."""

    def __init__(self, gateway: AsyncGateway, logger: logging.Logger) -> None:
        self._gateway = gateway
        self._logger = logger
        self._task: asyncio.Task[None] | None = None
        self._report: dict[str, Any] = {
            "state": "idle",
            "started_at": None,
            "finished_at": None,
            "done": {},
            "error": None,
        }

    def start(self) -> None:
        """Start a cycle. Raises a 409 where one is running."""
        if self._task is not None and not self._task.done():
            raise Problem(CONFLICT, "A batch cycle is running already.")
        self._report = {"state": "running", "started_at": _now(), "finished_at": None, "done": {}, "error": None}
        self._task = asyncio.create_task(self._run())

    def report(self) -> bytes:
        """Return the last cycle, or the running one, as JSON."""
        return json.dumps(self._report).encode()

    async def stop(self) -> None:
        """End a running cycle; the chunk it is at is rolled back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        report = self._report
        try:
            for stage in await self._gateway.batch_stages():
                while done := await self._gateway.run_batch_step(stage, _CHUNK):
                    report["done"][stage] = report["done"].get(stage, 0) + done
            report["state"] = "done"
        except JophielError as error:
            self._logger.error("batch failed", extra={"error": str(error)})  # noqa: TRY400 - one line is enough
            report["state"], report["error"] = "failed", type(error).__name__
        finally:
            report["finished_at"] = _now()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
