"""The gateway: one typed method for each statement of `queries.sql`.

To add one: a named block in `queries.sql`, a frozen dataclass in `rows.py` where a row has more than one column, and a
method here that passes the parameters by name. Driver errors leave here as errors of ours.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from psycopg.rows import tuple_row

from jophiel.database.queries import query
from jophiel.database.rows import (
    AppliedMigration,
    BatchStage,
    Calibration,
    EventFields,
    Fault,
    FeedItem,
    Reason,
    ServerVersion,
    SimilarItem,
    SyncKey,
    Timing,
    TimingSummary,
    UsersWithoutFeed,
)
from jophiel.database.statements import Statements
from jophiel.errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import Any
    from uuid import UUID

    import psycopg


class Gateway(Statements):
    """Jophiel's statements over one connection, whose transactions are the caller's business."""

    def server_version(self) -> ServerVersion:
        """Return the versions of the server and of pgvector."""
        return self._one(ServerVersion, "server_version")

    def is_installed(self) -> bool:
        """Return whether this database has the schema jophiel."""
        return bool(self._scalar("is_installed"))

    def has_meta(self) -> bool:
        """Return whether this database has the table jophiel.meta."""
        return bool(self._scalar("has_meta"))

    def meta(self, name: str) -> str | None:
        """Return a value of jophiel.meta, None where there is none."""
        value = self._scalar("meta", name=name)
        return None if value is None else str(value)

    def put_meta(self, name: str, value: str) -> None:
        """Write a value of jophiel.meta."""
        self._execute("put_meta", name=name, value=value)

    def try_installer_lock(self, key: int) -> bool:
        """Take the lock of the installers for this connection; return whether it was free."""
        return bool(self._scalar("try_installer_lock", key=key))

    def release_installer_lock(self, key: int) -> None:
        """Give the lock of the installers back."""
        self._scalar("release_installer_lock", key=key)

    def has_bookkeeping(self) -> bool:
        """Return whether the installer has its table of hashes."""
        return bool(self._scalar("has_bookkeeping"))

    def create_bookkeeping_schema(self) -> None:
        """Create the installer's schema."""
        self._execute("create_bookkeeping_schema")

    def create_bookkeeping_hashes(self) -> None:
        """Create the installer's table of hashes."""
        self._execute("create_bookkeeping_hashes")

    def applied_migrations(self) -> list[AppliedMigration]:
        """Return the migrations that were applied, in order."""
        return self._all(AppliedMigration, "applied_migrations")

    def note_migration(self, migration_id: str, sha256: str) -> None:
        """Note a migration as applied."""
        self._execute("note_migration", migration_id=migration_id, sha256=sha256)

    def quiet_notices(self) -> None:
        """Silence notices until the end of the transaction."""
        self._execute("quiet_notices")

    def drop_schemas(self) -> None:
        """Drop everything of Jophiel."""
        self._execute("drop_schemas")

    # Data in and out.

    def create_import_staging(self) -> None:
        """Make the temporary tables of an import; they go with the transaction."""
        self._scalar("create_import_staging")

    @contextmanager
    def copy(self, part: str) -> Iterator[psycopg.Copy]:
        """Open a COPY into the staging table of a part: items, users, follows, collections or interactions."""
        block = {
            "items": "copy_staged_items",
            "users": "copy_staged_users",
            "follows": "copy_staged_follows",
            "collections": "copy_staged_collections",
            "interactions": "copy_staged_interactions",
        }[part]
        with driver_errors(), self.connection.cursor() as cursor, cursor.copy(query(block)) as copy:
            yield copy

    def check_staged(self, part: str) -> int:
        """Take the bad rows of a part (items, follows, interactions) out; return how many there are."""
        block = {
            "items": "check_staged_items",
            "follows": "check_staged_follows",
            "interactions": "check_staged_interactions",
        }[part]
        return int(self._scalar(block))

    def staged_faults(self, part: str, limit: int) -> list[Fault]:
        """Return the first bad rows of a part."""
        return self._all(Fault, "staged_faults", part=part, limit=limit)

    def import_staged(self, part: str) -> int:
        """Move the staged rows of a part into the tables; return how many were new or changed."""
        block = {
            "items": "import_items",
            "users": "import_users",
            "follows": "import_follows",
            "collections": "import_collections",
            "interactions": "import_interactions",
        }[part]
        return int(self._scalar(block))

    def analyze_imported(self) -> None:
        """Tell the planner about what was imported."""
        self._execute("analyze_imported")

    def feed_exists(self, feed: str) -> bool:
        """Return whether there is a feed definition of that name."""
        return bool(self._scalar("feed_exists", feed=feed))

    def copy_feeds(self, feed: str, top: int, users: Sequence[str] | None = None) -> Iterator[bytes]:
        """Yield the top of feeds, of some users or of all, as blocks of CSV: user, rank, item, score."""
        block, parameters = "copy_feeds", {"feed": feed, "top": top}
        if users is not None:
            block, parameters = "copy_feeds_of_users", {**parameters, "users": list(users)}
        with driver_errors(), self.connection.cursor() as cursor, cursor.copy(query(block), parameters) as copy:
            for data in copy:
                yield bytes(data)

    def users_without_feed(self, feed: str, users: Sequence[str]) -> UsersWithoutFeed:
        """Return how many of some users have no feed of that name."""
        return self._one(UsersWithoutFeed, "users_without_feed", feed=feed, users=list(users))

    def now(self) -> datetime:
        """Return the time that the engine goes by."""
        found: datetime = self._scalar("now")
        return found

    def has_default_features(self) -> bool:
        """Return whether the feature schema is the one of a new installation."""
        return bool(self._scalar("has_default_features"))

    def run_script(self, script: str) -> None:
        """Run a script of `sql/examples`."""
        with driver_errors():
            self.connection.execute(script.encode())

    # The batch and its timings.

    def batch_stages(self) -> list[BatchStage]:
        """Return the stages of the batch in their order, with what waits for each."""
        return self._all(BatchStage, "batch_stages")

    def run_batch_step(self, stage: str, limit: int) -> int:
        """Do up to `limit` items or users of a stage, in one transaction; return how many, 0 where nothing is left."""
        return int(self._scalar("run_batch_step", stage=stage, limit=limit))

    def build_cells(self, domain: str) -> int:
        """Build the cells of a domain anew; return how many there are."""
        return int(self._scalar("build_cells", domain=domain))

    def calibrate(self, domain: str) -> list[Calibration]:
        """Measure what the cells of a domain keep of the exact answers."""
        return self._all(Calibration, "calibrate", domain=domain)

    def domains(self) -> list[str]:
        """Return the domains of the catalogue."""
        return self._column("domains")

    # What a user sees.

    def rebuild_taste(self, user: str) -> None:
        """Compute the taste of a user anew from the log. Raises EngineError for an unknown user."""
        self._scalar("rebuild_taste", user=user)

    def recompute_feed(self, user: str, feed: str) -> None:
        """Compute a feed of a user anew. Raises EngineError for an unknown user or feed."""
        self._scalar("recompute_feed", user=user, feed=feed)

    def describe_taste(self, user: str, limit: int) -> dict[str, Any]:
        """Return the taste of a user in words, `limit` terms a feature. Raises EngineError for an unknown user."""
        return dict(self._scalar("describe_taste", user=user, limit=limit))

    def get_feed(self, user: str, feed: str, limit: int) -> list[FeedItem]:
        """Return the top of a feed. Raises EngineError for an unknown user or feed."""
        return self._all(FeedItem, "get_feed", user=user, feed=feed, limit=limit)

    def recommend(self, user: str, feed: str, limit: int, options: str) -> list[FeedItem]:
        """Return the top of a feed made by options of its own (a JSON object). Raises EngineError for wrong ones."""
        return self._all(FeedItem, "recommend", user=user, feed=feed, limit=limit, options=options)

    def explain_score(self, user: str, item: str, feed: str) -> list[Reason]:
        """Return where the score of an item for a user comes from. Raises EngineError for an unknown user or item."""
        return self._all(Reason, "explain_score", user=user, item=item, feed=feed)

    def similar_items(self, item: str, limit: int) -> list[SimilarItem]:
        """Return the items most like one. Raises EngineError for an unknown item."""
        return self._all(SimilarItem, "similar_items", item=item, limit=limit)

    def item_title(self, item: str) -> str | None:
        """Return the title of an item, None where there is none."""
        title = self._scalar("item_title", item=item)
        return None if title is None else str(title)

    def has_item(self, item: str) -> bool:
        """Return whether an item is in the catalogue."""
        return bool(self._scalar("has_item", item=item))

    def record_timings(self, timings: Sequence[Timing]) -> None:
        """Write readings of stopwatches."""
        if timings:
            with driver_errors(), self.connection.cursor() as cursor:
                cursor.executemany(query("record_timing"), [asdict(timing) for timing in timings])

    def timing_summary(self) -> list[TimingSummary]:
        """Return the last run of every stage."""
        return self._all(TimingSummary, "timing_summary")

    def timings_of_run(self, run_id: UUID) -> list[Timing]:
        """Return every reading of a run."""
        return self._all(Timing, "timings_of_run", run_id=run_id)

    def sync_keys(self, kind: str) -> Iterator[SyncKey]:
        """Yield the application's ids of a kind (items, users, ...) in canonical order; needs a transaction."""
        return self._stream(SyncKey, "sync_keys", kind=kind)

    def record_interaction(self, user: str, item: str, interaction_type: str) -> str:
        """Record what a user did now; return "applied". Raises EngineError for an unknown type."""
        return str(self._scalar("record_interaction", user=user, item=item, type=interaction_type))

    def record_interactions(self, interactions: str) -> list[str]:
        """Record a JSON array of what users did, all or nothing; return the outcomes. Raises EngineError."""
        return self._column("record_interactions", interactions=interactions)

    def upsert_items(self, items: str) -> list[str]:
        """Create or replace a JSON array of items, all or nothing; return the outcomes. Raises EngineError."""
        return self._column("upsert_items", items=items)

    def upsert_users(self, users: str) -> list[str]:
        """Create or change a JSON array of users, all or nothing; return the outcomes. Raises EngineError."""
        return self._column("upsert_users", users=users)

    # The role of the HTTP API.

    def has_role(self, role: str) -> bool:
        """Return whether there is a role of that name."""
        return bool(self._scalar("has_role", role=role))

    def create_api_role(self) -> None:
        """Create the role jophiel_api, which cannot log in."""
        self._execute("create_api_role")

    def grant_api(self, role: str) -> int:
        """Let a role call the functions of the HTTP API; return how many they are."""
        return int(self._scalar("grant_api", role=role))

    # Events.

    def require_durable_commits(self) -> None:
        """Make commits of this connection wait for the disk where the database's default is not to."""
        self._scalar("require_durable_commits")

    def ingest_events(self, events: str) -> list[tuple[str, str | None]]:
        """Apply a JSON array of events in one transaction; return outcome and reason of each, in their order."""
        with driver_errors(), self.connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(query("ingest_events"), {"events": events}, binary=True).fetchall()

    def event_fields(self) -> list[EventFields]:
        """Return what the fields of each event are called."""
        return self._all(EventFields, "event_fields")

    def is_logged(self, user: str, event_id: str) -> bool:
        """Return whether an interaction of a user is in the log."""
        return bool(self._scalar("is_logged", user=user, event_id=event_id))

    def cast_facts(self, user: int, first: int, last: int) -> dict[str, Any]:
        """Return what there is of the scenarios' user, and of the items whose ids lie between `first` and `last`."""
        return dict(self._scalar("cast_facts", user=user, first=first, last=last))

    def try_scenarios_lock(self, key: int) -> bool:
        """Take the lock of the scenarios for this connection; return whether it was free."""
        return bool(self._scalar("try_scenarios_lock", key=key))

    def forget_cast(self, first: int, last: int) -> None:
        """Delete the users and items whose ids lie between `first` and `last`, with every trace of them."""
        with self.connection.transaction():
            self._scalar("forget_cast_users", first=first, last=last)
            self._scalar("forget_cast_items", first=first, last=last)
            self._execute("forget_cast_traces", first=first, last=last)

    # The demonstration.

    def recreate_demo_database(self) -> None:
        """Make the database `jophiel_demo` anew on this server."""
        self._execute("drop_demo_database")
        self._execute("create_demo_database")

    def demo_user(self) -> str | None:
        """Return a user whose feed is worth showing."""
        user = self._scalar("demo_user")
        return None if user is None else str(user)
