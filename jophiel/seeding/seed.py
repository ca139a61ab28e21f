"""Puts generated data into the database, by the way that imports take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jophiel.batch.timings import Run
from jophiel.database.gateway import Gateway
from jophiel.database.resources import sql_folder
from jophiel.logs import get_logger
from jophiel.seeding.generator import Generator, Sizes
from jophiel.transfer import staging
from jophiel.transfer.imports import Report, move, stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from jophiel.transfer.imports import Progress

_LOGGER = get_logger("seed")
_ROWS_A_REPORT = 2000


def seed(
    connection: psycopg.Connection[Any],
    sizes: Sizes,
    *,
    seed: int,
    domain: str = "default",
    progress: Progress = lambda *_: None,
) -> tuple[Report, Run]:
    """Generate data and return what is new, with the timings of it. One transaction: all or nothing.

    The audio features are installed unless somebody has chosen others.
    """
    gateway, run, report = Gateway(connection), Run(), Report()
    made = Generator(sizes, seed=seed, now=gateway.now(), domain=domain)
    with connection.transaction():
        if gateway.has_default_features():
            gateway.run_script((sql_folder() / "examples" / "audio.sql").read_text(encoding="utf-8"))
        gateway.create_import_staging()
        sources = (
            (staging.ITEMS, made.items, sizes.items),
            (staging.USERS, made.users, sizes.users),
            (staging.FOLLOWS, made.follows, None),
            (staging.COLLECTIONS, made.collections, None),
            (staging.INTERACTIONS, made.interactions, sizes.interactions),
        )
        for part, rows, total in sources:
            with run.stage(f"make {part.name}") as watch:
                stage(gateway, part, _told(rows(), f"make {part.name}", total, progress), watch)
            report.read[part.name] = watch.processed
        move(gateway, staging.PARTS, run, report, progress)
    gateway.analyze_imported()
    run.record(gateway)
    _LOGGER.info("seeded", extra={"seed": seed, "rows": report.imported})
    return report, run


def _told(
    rows: Iterable[tuple[Any, ...]], name: str, total: int | None, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    number = 0
    for number, row in enumerate(rows, start=1):
        if number % _ROWS_A_REPORT == 0:
            progress(name, number, total)
        yield row
    progress(name, number, number)
