"""The gateway of training: the log out, models in, and which one is in use."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from jophiel.database.queries import query
from jophiel.database.rows import LogFacts, ModelRow, TrainingDue
from jophiel.database.statements import Statements
from jophiel.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    import psycopg

# "jophiel train" as a number: nobody else's advisory locks are likely to have it.
_LOCK = 0x6A6F_7068_7472_6E


class ModelGateway(Statements):
    """The statements of training over one connection."""

    def try_lock(self) -> bool:
        """Take the lock of trainings for this connection; return whether it was free."""
        return bool(self._scalar("try_training_lock", key=_LOCK))

    def unlock(self) -> None:
        """Give the lock of trainings back."""
        self._scalar("release_training_lock", key=_LOCK)

    def setting(self, name: str) -> float:
        """Return a setting of the engine. Raises InvalidArgumentError where there is none of that name."""
        return float(self._scalar("setting", name=name))

    def log_facts(self, limit: int) -> LogFacts:
        """Return how much there is to learn from, of which the newest `limit` are wanted."""
        return self._one(LogFacts, "log_facts", limit=limit)

    def copy_log(self, cut: datetime | None) -> Iterator[bytes]:
        """Yield the log after `cut` in COPY's binary format: a header first, then a row at a time."""
        with (
            driver_errors(),
            self.connection.cursor(row_factory=tuple_row) as cursor,
            cursor.copy(query("copy_log"), {"cut": cut}) as copy,
        ):
            for block in copy:
                yield bytes(block)

    @contextmanager
    def copy_in(self, table: str) -> Iterator[psycopg.Copy]:
        """Open a binary COPY into model_vectors or item_neighbours."""
        block = {"model_vectors": "copy_model_vectors", "item_neighbours": "copy_item_neighbours"}[table]
        with driver_errors(), self.connection.cursor() as cursor, cursor.copy(query(block)) as copy:
            yield copy

    def schema_version(self) -> int:
        """Return the version of the feature schema that content blocks are in."""
        return int(self._scalar("schema_version"))

    def put_content_map(self, model_id: UUID, coordinate: int, version: int, bias: float, factors: list[float]) -> None:
        """Write one coordinate of a content map."""
        self._execute(
            "put_content_map", model_id=model_id, coordinate=coordinate, version=version, bias=bias, factors=factors
        )

    def analyze(self) -> None:
        """Have the planner look at what was written."""
        self._execute("analyze_models")

    def begin_model(self, model_id: UUID, name: str, parameters: Mapping[str, Any]) -> None:
        """Note that a training has begun, and clean up after one that was killed."""
        self._scalar("begin_model", model_id=model_id, name=name, parameters=Jsonb(dict(parameters)))

    def finish_model(self, model_id: UUID, facts: Mapping[str, Any]) -> None:
        """Call a model ready. Raises TrainingLostError where another training took its place."""
        self._scalar("finish_model", model_id=model_id, facts=Jsonb(dict(facts)))

    def fail_model(self, model_id: UUID, error: str) -> None:
        """Call a training failed."""
        self._scalar("fail_model", model_id=model_id, error=error)

    def activate_model(self, model_id: UUID, *, force: bool = False) -> int | None:
        """Put a model into use; return how many items are offered with it, None where it was in use already.

        Raises ModelStateError, and ModelWorseError for one that training found worse than what is in use.
        """
        found: int | None = self._scalar("activate_model", model_id=model_id, force=force)
        return found

    def rollback_model(self) -> UUID | None:
        """Go back to the model before, and return its id, None for none. Raises ModelStateError."""
        found: UUID | None = self._scalar("rollback_model")
        return found

    def training_due(self) -> TrainingDue | None:
        """Return the training that the batch is to do now, None for none."""
        return next(iter(self._all(TrainingDue, "training_due")), None)

    def models(self, limit: int) -> list[ModelRow]:
        """Return the newest models."""
        return self._all(ModelRow, "models", limit=limit)
