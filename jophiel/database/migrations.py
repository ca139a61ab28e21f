"""Brings a database up to date: migrations once and in order, then the replay of `sql/` where it has changed.

yoyo applies the migrations; this module adds what yoyo 9 lacks:

- one installer at a time by an advisory lock; a lock row that a killed run left behind is broken under it;
- a SHA-256 of each file, written in the migration's own transaction. An edited migration is refused, and one that was
  killed between its commit and yoyo's mark is known to be applied;
- bookkeeping in a schema of its own, `jophiel_migrations`, so that the schema `jophiel` is the same for every way of
  installing;
- the adoption of a database that was installed with psql alone.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import io
import re
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import MigrationStep, TransactionWrapper

from jophiel.database.connection import connect, require_capable
from jophiel.database.gateway import Gateway
from jophiel.database.resources import migrations_folder, sql_folder
from jophiel.errors import (
    DatabaseError,
    InstallerBusyError,
    JophielError,
    MigrationEditedError,
    MigrationError,
    NotInstalledError,
    driver_errors,
    from_driver,
)
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LOGGER = get_logger("migrations")

_LOCK_KEY = 0x6A6F7068  # "joph"; advisory locks are per database
_LOCK_SECONDS = 600
_BOOKKEEPING = "jophiel_migrations"
_HASH_KEY = "sql_hash"
_SCHEMA_KEY = "schema"

# All that the replay understands of the manifest.
_INCLUDE = re.compile(r"^\\ir\s+(?P<path>[\w./-]+)$")
_IGNORED = re.compile(r"^(--.*|\\set ON_ERROR_STOP on|begin;|commit;|set local client_min_messages = warning;|)$")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `migrate` did: the migrations that it applied or adopted, and whether it replayed `sql/`."""

    applied: tuple[str, ...]
    adopted: tuple[str, ...]
    replayed: bool


def migrate(
    url: str,
    *,
    migrations: Path | None = None,
    sql: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Apply what is missing and return what was done; does nothing to a database that is up to date.

    Safe to run from several places at once and to repeat after a kill. `progress` is told each step.
    Raises MigrationError and its relatives, DatabaseTooOldError, PgvectorMissingError, ReadOnlyError.
    """
    migrations, sql = migrations or migrations_folder(), sql or sql_folder()
    with connect(url, application_name="jophiel migrate") as connection:
        gateway = Gateway(connection)
        require_capable(gateway.server_version())
        with driver_errors(), installer_lock(gateway):
            _create_bookkeeping(gateway)
            adopted = _adopt(gateway, migrations)
            applied = _apply(connection, url, migrations, progress)
            replayed = _replay(connection, sql, progress)
    outcome = Outcome(applied=applied, adopted=adopted, replayed=replayed)
    _LOGGER.info("migrated", extra={"applied": applied, "adopted": adopted, "replayed": replayed})
    return outcome


def sql_hash(sql: Path | None = None) -> str:
    """Return the SHA-256 over the replayed files, in their order and with their names."""
    sql = sql or sql_folder()
    digest = hashlib.sha256()
    for path in manifest(sql):
        digest.update(f"{path.relative_to(sql).as_posix()}\0".encode())
        digest.update(path.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()


def manifest(sql: Path) -> list[Path]:
    """Return the files that install.sql names, in order. Raises MigrationError for a line that is none of its kind."""
    files: list[Path] = []
    for number, line in enumerate((sql / "install.sql").read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if found := _INCLUDE.match(text):
            files.append(sql / found["path"])
        elif not _IGNORED.match(text):
            raise MigrationError(f"install.sql:{number}: not understood: {text}")
    for path in files:
        if not path.is_file():
            raise MigrationError(f"install.sql names {path.relative_to(sql)}, which is not there")
    if len(set(files)) != len(files):
        raise MigrationError("install.sql names a file twice")
    return files


@contextlib.contextmanager
def installer_lock(gateway: Gateway) -> Iterator[None]:
    """Hold the advisory lock of the installers.

    Asked for again and again: a statement that waits holds a snapshot, and another installer's
    `create index concurrently` would wait for that one for ever.
    """
    deadline = time.monotonic() + _LOCK_SECONDS
    while not gateway.try_installer_lock(_LOCK_KEY):
        if time.monotonic() > deadline:
            raise InstallerBusyError
        time.sleep(0.1)
    try:
        yield
    finally:
        if not gateway.connection.closed:
            gateway.release_installer_lock(_LOCK_KEY)


def _create_bookkeeping(gateway: Gateway) -> None:
    if not gateway.has_bookkeeping():  # asked first: a role without the right to create needs it not
        with gateway.connection.transaction():
            gateway.create_bookkeeping_schema()
            gateway.create_bookkeeping_hashes()


def _adopt(gateway: Gateway, migrations: Path) -> tuple[str, ...]:
    """Note the migrations of a database that was made with psql as applied, and return them.

    Such a database has the schema and no bookkeeping. The row `schema` of jophiel.meta names its last migration;
    without the row it has them all.
    """
    if gateway.applied_migrations() or not gateway.has_meta():
        return ()
    last = gateway.meta(_SCHEMA_KEY)
    adopted = []
    for path in sorted(migrations.glob("*.sql")):
        if last is not None and path.stem > last:
            break
        adopted.append(path.stem)
        gateway.note_migration(path.stem, _sha256(path))
    return tuple(adopted)


def _apply(
    connection: psycopg.Connection[Any], url: str, migrations: Path, progress: Callable[[str], None]
) -> tuple[str, ...]:
    gateway = Gateway(connection)
    known = {row.migration_id: row.sha256 for row in gateway.applied_migrations()}
    # glob: yoyo takes the path for a pattern.
    found = read_migrations(glob.escape(str(migrations)))
    files = {migration.id: migrations / f"{migration.id}.sql" for migration in found}
    for name, digest in known.items():
        if name not in files:
            raise MigrationError(
                f"the database has the migration {name}, which this release does not know",
                hint="It was migrated by a newer release: install that one.",
            )
        if _sha256(files[name]) != digest:
            raise MigrationEditedError(f"the migration {name} was edited after it had been applied")

    if set(files) == set(known):
        return ()
    with contextlib.closing(_backend(url)) as backend:
        backend.break_lock()
        with backend.lock():
            pending = backend.to_apply(found)
            # Committed, and killed before yoyo could mark it; or adopted.
            committed = [migration for migration in pending if migration.id in known]
            backend.mark_migrations(committed)
            fresh = [migration for migration in pending if migration.id not in known]
            for migration in fresh:
                progress(f"migration {migration.id}")
                _apply_one(backend, migration, files[migration.id])
    return tuple(migration.id for migration in fresh)


def _apply_one(backend: _Backend, migration: Any, path: Path) -> None:
    digest = _sha256(path)

    def note(connection: psycopg.Connection[Any]) -> None:
        Gateway(connection).note_migration(migration.id, digest)

    migration.load()
    # In the migration's own transaction: the note and the tables come together or not at all.
    migration.steps.append(TransactionWrapper(MigrationStep(len(migration.steps), note, None)))
    try:
        # yoyo prints what a statement returns.
        with contextlib.redirect_stdout(io.StringIO()):
            backend.apply_one(migration)
    except psycopg.Error as error:
        reason = from_driver(error)
        raise _in_file(reason, f"migration {migration.id}") from error


def _replay(connection: psycopg.Connection[Any], sql: Path, progress: Callable[[str], None]) -> bool:
    """Run every file of the manifest in one transaction where the hash differs from that of jophiel.meta."""
    gateway = Gateway(connection)
    wanted = sql_hash(sql)
    if gateway.meta(_HASH_KEY) == wanted:
        return False
    progress("functions and views")
    with connection.transaction():
        gateway.quiet_notices()
        for path in manifest(sql):
            text = path.read_text(encoding="utf-8")
            try:
                # bytes and no parameters: several statements at once
                connection.execute(text.encode())
            except psycopg.Error as error:
                raise _in_file(from_driver(error), path.relative_to(sql).as_posix()) from error
        gateway.put_meta(_HASH_KEY, wanted)
    return True


def _in_file(reason: JophielError, where: str) -> JophielError:
    """Say in which file it happened; a class that names the cause (read-only, disk full) is kept."""
    # An unknown table says "not installed" elsewhere; here it is a fault of the file.
    if type(reason) in (DatabaseError, NotInstalledError):
        return MigrationError(f"{where}: {reason.message}", hint=reason.hint, sqlstate=reason.sqlstate)
    return type(reason)(f"{where}: {reason.message}", hint=reason.hint, sqlstate=reason.sqlstate)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo's backend, with a log entry that asks neither the name server nor the password file."""

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        """Return a row of yoyo's log."""
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": "jophiel",
            "hostname": "",
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def _backend(url: str) -> _Backend:
    """Return yoyo's backend for `url`, with its tables in the bookkeeping schema."""
    parts = conninfo_to_dict(url)
    arguments = {"application_name": "jophiel migrate", **parts, "schema": _BOOKKEEPING}
    for name in ("user", "password", "host", "port", "dbname"):
        arguments.pop(name, None)
    backend = _Backend(
        DatabaseURI(
            scheme="postgresql+psycopg",
            username=parts.get("user"),
            password=parts.get("password"),
            hostname=parts.get("host"),
            port=parts.get("port"),
            database=parts.get("dbname"),
            args=arguments,
        ),
        PostgresqlPsycopgBackend.migration_table,
    )
    backend.init_database()
    return backend
