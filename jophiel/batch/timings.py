"""How long everything takes: stopwatches that are read at 10, 100, 1000 and every further 1000 items or users."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from jophiel.database.rows import Timing
from jophiel.errors import ReadOnlyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

    from jophiel.database.gateway import Gateway

Item = TypeVar("Item")

_STEP = 1000


def next_mark(processed: int) -> int:
    """Return the number at which a stopwatch is read next: 10, 100, 1000, 2000, 3000, ..."""
    if processed < 10:  # noqa: PLR2004 - the marks of the contract
        return 10
    return 100 if processed < 100 else (processed // _STEP + 1) * _STEP  # noqa: PLR2004


class Stopwatch:
    """Counts what a stage has processed and keeps a reading for every mark that was reached. Threads may share one."""

    def __init__(self, run_id: UUID, stage: str, clock: Callable[[], float] = time.perf_counter) -> None:
        self.processed = 0
        self._run_id = run_id
        self._stage = stage
        self._clock = clock
        self._began = self._read_at = clock()
        self._read = 0
        self._timings: list[Timing] = []
        self._lock = Lock()

    @property
    def seconds(self) -> float:
        """The seconds since the stage began."""
        return self._clock() - self._began

    def room(self, chunk: int) -> int:
        """Return how much to process next so that a mark is not overrun: `chunk` at most."""
        return min(chunk, next_mark(self.processed) - self.processed)

    def advance(self, count: int) -> None:
        """Count what was processed, and read the stopwatch where that reached a mark."""
        with self._lock:
            mark = next_mark(self.processed)
            self.processed += count
            if self.processed >= mark:
                self._take_reading()

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items and count each one when the next is asked for."""
        mark = next_mark(self.processed)
        for item in items:
            yield item
            self.processed += 1
            if self.processed == mark:
                self._take_reading()
                mark = next_mark(self.processed)

    def stop(self) -> None:
        """Read the stopwatch for the last time."""
        with self._lock:
            if self.processed > self._read:
                self._take_reading()

    def take(self) -> list[Timing]:
        """Return the readings that were not taken yet."""
        with self._lock:
            taken, self._timings = self._timings, []
        return taken

    def _take_reading(self) -> None:
        now = self._clock()
        self._timings.append(
            Timing(
                run_id=self._run_id,
                stage=self._stage,
                processed=self.processed,
                chunk=self.processed - self._read,
                chunk_seconds=now - self._read_at,
                total_seconds=now - self._began,
            )
        )
        self._read, self._read_at = self.processed, now


class Run:
    """The stopwatches of one command, under one id."""

    def __init__(self) -> None:
        self.run_id = uuid4()
        self.stages: dict[str, Stopwatch] = {}
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Stopwatch]:
        """Time a stage. Its last reading is taken at the end of the block, its seconds too."""
        watch = self.stages[name] = Stopwatch(self.run_id, name)
        try:
            yield watch
        finally:
            watch.stop()
            self.seconds[name] = watch.seconds

    def record(self, gateway: Gateway) -> None:
        """Write the readings that were not written yet to jophiel.timings, but not on a replica, which takes none."""
        readings = [timing for watch in self.stages.values() for timing in watch.take()]
        with suppress(ReadOnlyError):
            gateway.record_timings(readings)
