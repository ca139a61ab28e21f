"""The gateway of validation and evaluation: what items are made of, and the settings that scores depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from jophiel.database.queries import query
from jophiel.database.rows import EvaluatedConfiguration, ModelFacts, ScoreSettings, StoredFeed
from jophiel.database.statements import Statements
from jophiel.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    Event = tuple[int, str, int, str, float, str, str]


class EvaluationGateway(Statements):
    """The statements of validation and evaluation over one connection."""

    def score_settings(self) -> ScoreSettings:
        """Return what the score depends on and training does not choose."""
        return self._one(ScoreSettings, "score_settings")

    def copy_contents(self) -> Iterator[bytes]:
        """Yield the ids and content blocks of all items that are offered, in COPY's binary format."""
        return self._copied("copy_contents")

    def active_model(self) -> ModelFacts | None:
        """Return what the model in use was fitted with, None where there is none."""
        return next(iter(self._all(ModelFacts, "active_model_facts")), None)

    def configuration(self) -> EvaluatedConfiguration:
        """Return settings, features and the default policy."""
        return self._one(EvaluatedConfiguration, "evaluated_configuration")

    def keep(self, options: Mapping[str, object], found: Mapping[str, object]) -> UUID:
        """Store an evaluation and return its id."""
        kept: UUID = self._scalar("keep_evaluation", options=Jsonb(dict(options)), found=Jsonb(dict(found)))
        return kept

    def configure(self, found: EvaluatedConfiguration) -> None:
        """Take the settings and features of another database."""
        self._execute("set_evaluated_settings", settings=Jsonb(found.settings))
        self._execute("set_evaluated_event_settings", event_settings=Jsonb(found.event_settings))
        self._execute("clear_features")
        self._execute("set_evaluated_features", features=Jsonb(found.features or []))

    def copy_items(self, source: EvaluationGateway) -> None:
        """Take the catalogue of another database; the batch will vectorise it."""
        with driver_errors(), self.connection.cursor() as cursor, cursor.copy(query("copy_items_in")) as copy:
            for block in source._copied("copy_items_out"):
                copy.write(block)
        self._execute("note_copied_items")

    def write_log(self, rows: Iterable[Event]) -> None:
        """Write interactions of a type of their own, all of them active, and create their users."""
        self._execute("add_evaluated_type")
        with driver_errors(), self.connection.cursor() as cursor, cursor.copy(query("copy_evaluated_log")) as copy:
            for row in rows:
                copy.write_row(row)
        self._scalar("settle_interactions")

    def freeze_clock(self, now: str) -> None:
        """Have the engine take this for the time, over this connection."""
        self._scalar("freeze_clock", now=now)

    def define_policy(self, policy: str, options: Mapping[str, object]) -> None:
        """Create or change a scoring policy."""
        self._scalar("define_policy", policy=policy, options=Jsonb(dict(options)))

    def define_feed(self, feed: str, options: Mapping[str, object]) -> None:
        """Create or change a feed definition."""
        self._scalar("define_feed", feed=feed, options=Jsonb(dict(options)))

    def recompute_feeds(self, user_ids: Sequence[int], feed: str) -> int:
        """Make the feeds of some users; return how many."""
        return int(self._scalar("recompute_feeds", user_ids=list(user_ids), feed=feed))

    def feeds_of(self, user_ids: Sequence[int], feed: str, top: int) -> list[StoredFeed]:
        """Return the top of the stored feeds of some users."""
        return self._all(StoredFeed, "feeds_of", user_ids=list(user_ids), feed=feed, top=top)

    def _copied(self, block: str) -> Iterator[bytes]:
        with (
            driver_errors(),
            self.connection.cursor(row_factory=tuple_row) as cursor,
            cursor.copy(query(block)) as copy,
        ):
            for found in copy:
                yield bytes(found)
