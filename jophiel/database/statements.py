"""How a block of `queries.sql` is run: its parameters by name, its rows as dataclasses, the driver's errors as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from psycopg.rows import class_row, scalar_row

from jophiel.database.queries import query
from jophiel.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

Row = TypeVar("Row")


class Statements:
    """Runs blocks over one connection, whose transactions are the caller's business."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def _execute(self, block: str, /, **parameters: object) -> int:
        """Run a statement that returns nothing; return the number of rows it touched."""
        with driver_errors(), self.connection.cursor() as cursor:
            return cursor.execute(query(block), parameters).rowcount

    def _scalar(self, block: str, /, **parameters: object) -> Any:
        """Return the first column of the first row, None where there is none."""
        with driver_errors(), self.connection.cursor(row_factory=scalar_row) as cursor:
            return cursor.execute(query(block), parameters).fetchone()

    def _one(self, row: type[Row], block: str, /, **parameters: object) -> Row:
        """Return the one row of a statement that always has one."""
        with driver_errors(), self.connection.cursor(row_factory=class_row(row)) as cursor:
            found = cursor.execute(query(block), parameters).fetchone()
        if found is None:
            raise LookupError(block)
        return found

    def _all(self, row: type[Row], block: str, /, **parameters: object) -> list[Row]:
        """Return all rows; for results whose size is bounded."""
        with driver_errors(), self.connection.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(query(block), parameters).fetchall()

    def _column(self, block: str, /, **parameters: object) -> list[Any]:
        """Return the first column of all rows; for results whose size is bounded."""
        with driver_errors(), self.connection.cursor(row_factory=scalar_row) as cursor:
            return cursor.execute(query(block), parameters).fetchall()

    def _stream(self, row: type[Row], block: str, /, size: int = 2000, **parameters: object) -> Iterator[Row]:
        """Yield rows from a server-side cursor, `size` at a time; needs a transaction that stays open."""
        with (
            driver_errors(),
            self.connection.cursor(name=f"jophiel_{block}", row_factory=class_row(row)) as cursor,
        ):
            cursor.itersize = size
            cursor.execute(query(block), parameters)
            yield from cursor
