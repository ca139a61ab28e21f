"""One cycle of the batch: stage after stage, a chunk a transaction. The work itself, and what is left of it, is SQL's.

A cycle may be killed at any point, and several may run at once: what is stale is found by comparing, never by a queue.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from jophiel.batch.timings import Run
from jophiel.database.gateway import Gateway
from jophiel.errors import BusyError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    import psycopg

    from jophiel.batch.timings import Stopwatch

    Connect = Callable[[], psycopg.Connection[Any]]
    Progress = Callable[[str, int, int | None], None]

_LOGGER = get_logger("batch")
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage of a cycle did, in items or users."""

    stage: str
    processed: int
    seconds: float
    per_second: float


def run_cycle(
    connect: Connect,
    *,
    stopping: Event,
    workers: int = 1,
    chunk: int = 500,
    progress: Progress = lambda *_: None,
) -> list[StageReport]:
    """Run one cycle and return its stages, those included that had nothing to do.

    Each worker has a connection of its own. `stopping` ends the cycle after the chunks that are under way.
    Raises DatabaseError and its relatives; what was done until then is committed.
    """
    run, reports = Run(), []
    with ExitStack() as stack:
        gateways = [Gateway(stack.enter_context(connect())) for _ in range(workers)]
        pool = stack.enter_context(ThreadPoolExecutor(workers, thread_name_prefix="batch"))
        pending = _pending(gateways[0])
        for name in tuple(pending):
            if stopping.is_set():
                break
            with run.stage(name) as watch:
                tell = _teller(name, watch, pending[name], progress)
                work = partial(_work, stage=name, chunk=chunk, watch=watch, tell=tell, stopping=stopping)
                for done in [pool.submit(work, gateway) for gateway in gateways]:
                    done.result()
            if watch.processed:
                progress(name, watch.processed, watch.processed)
            run.record(gateways[0])
            reports.append(_report(name, watch, run.seconds[name]))
            if watch.processed:
                _LOGGER.info(
                    "stage ended", extra={"stage": name, "processed": watch.processed, "seconds": watch.seconds}
                )
    total = sum(report.processed for report in reports)
    _LOGGER.info("cycle ended", extra={"run_id": str(run.run_id), "processed": total, "stopped": stopping.is_set()})
    return reports


def _pending(gateway: Gateway) -> dict[str, int]:
    return {found.stage: found.pending for found in gateway.batch_stages()}


def _work(
    gateway: Gateway, *, stage: str, chunk: int, watch: Stopwatch, tell: Callable[[], None], stopping: Event
) -> None:
    """Do chunks of a stage until nothing is left that another worker has not taken."""
    while not stopping.is_set():
        done = _step(gateway, stage, watch.room(chunk))
        if done == 0:
            return
        watch.advance(done)
        tell()


def _step(gateway: Gateway, stage: str, limit: int) -> int:
    """Do one chunk; one that lost a deadlock or a lock is tried again."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return gateway.run_batch_step(stage, limit)
        except BusyError as error:
            _LOGGER.warning("chunk is tried again", extra={"stage": stage, "reason": str(error)})
            time.sleep(_PAUSE_SECONDS * attempt)
    return gateway.run_batch_step(stage, limit)


def _teller(stage: str, watch: Stopwatch, pending: int, progress: Progress) -> Callable[[], None]:
    def tell() -> None:
        progress(stage, watch.processed, max(pending, watch.processed))

    return tell


def _report(stage: str, watch: Stopwatch, seconds: float) -> StageReport:
    return StageReport(stage, watch.processed, seconds, watch.processed / seconds if seconds > 0 else 0.0)
