"""Timings are cut at 10, 100, 1000 and every further 1000."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

import pytest

from jophiel.batch.timings import Stopwatch, next_mark


def ticking() -> Stopwatch:
    ticks = count()
    return Stopwatch(uuid4(), "stage", clock=lambda: float(next(ticks)))


@pytest.mark.parametrize(
    ("processed", "mark"), [(0, 10), (9, 10), (10, 100), (99, 100), (100, 1000), (1000, 2000), (2500, 3000)]
)
def test_marks(processed: int, mark: int) -> None:
    assert next_mark(processed) == mark


def test_chunks_never_overrun_a_mark() -> None:
    watch, chunks = ticking(), []
    while watch.processed < 2500:
        chunks.append(watch.room(500))
        watch.advance(chunks[-1])
    watch.stop()
    assert chunks == [10, 90, 500, 400, 500, 500, 500]
    assert [(t.processed, t.chunk) for t in watch.take()] == [
        (10, 10),
        (100, 90),
        (1000, 900),
        (2000, 1000),
        (2500, 500),
    ]
    assert watch.take() == []


def test_each_counts_what_it_yields() -> None:
    watch = ticking()
    assert list(watch.each(range(105))) == list(range(105))
    watch.stop()
    readings = watch.take()
    assert [t.processed for t in readings] == [10, 100, 105]
    assert [t.total_seconds for t in readings] == [1.0, 2.0, 3.0]
    assert [t.chunk_seconds for t in readings] == [1.0, 1.0, 1.0]
