"""The gateway of validation and evaluation: what items are made of, and the settings that scores depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import tuple_row

from jophiel.database.queries import query
from jophiel.database.rows import ScoreSettings
from jophiel.database.statements import Statements
from jophiel.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator


class EvaluationGateway(Statements):
    """The statements of validation and evaluation over one connection."""

    def score_settings(self) -> ScoreSettings:
        """Return what the score depends on and training does not choose."""
        return self._one(ScoreSettings, "score_settings")

    def copy_contents(self) -> Iterator[bytes]:
        """Yield the ids and content blocks of all items that are offered, in COPY's binary format."""
        with (
            driver_errors(),
            self.connection.cursor(row_factory=tuple_row) as cursor,
            cursor.copy(query("copy_contents")) as copy,
        ):
            for block in copy:
                yield bytes(block)
