"""Every error that Jophiel raises, and the one place where an SQLSTATE becomes one of them.

The docstring of a class is its message where none is given; `hint` says what to do about it.
"""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Iterator


class JophielError(Exception):
    """Something went wrong in Jophiel."""

    default_hint: ClassVar[str] = ""

    def __init__(self, message: str | None = None, *, hint: str | None = None, sqlstate: str | None = None) -> None:
        self.message = message or (inspect.getdoc(type(self)) or "").splitlines()[0].rstrip(".")
        self.hint = self.default_hint if hint is None else hint
        self.sqlstate = sqlstate
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return message and hint in one line."""
        return one_line(f"{self.message} ({self.hint})" if self.hint else self.message)


class SettingsError(JophielError):
    """A setting cannot be used."""


class InputError(JophielError):
    """The input cannot be used."""


class EmbeddingError(JophielError):
    """The endpoint for embeddings does not answer as it should."""

    default_hint = "Check JOPHIEL_EMBEDDINGS_URL, JOPHIEL_EMBEDDINGS_MODEL and JOPHIEL_EMBEDDINGS_KEY."


class EmbeddedServerError(JophielError):
    """The embedded PostgreSQL server does not work."""

    default_hint = "Set JOPHIEL_DATABASE_URL to use a server of your own."


class BrokerError(JophielError):
    """The message broker refused the request."""


class BrokerUnreachableError(BrokerError):
    """The message broker cannot be reached."""

    default_hint = "Is RabbitMQ running, and is JOPHIEL_AMQP_URL right?"


class MigrationError(JophielError):
    """The database could not be brought up to date."""


class MigrationEditedError(MigrationError):
    """A migration that was already applied has been edited."""

    default_hint = "Restore the file and write a new migration."


class InstallerBusyError(MigrationError):
    """Another installer holds the lock of this database."""

    default_hint = "Wait for it to end, then try again."


class DatabaseError(JophielError):
    """The database refused the request."""


class DatabaseUnreachableError(DatabaseError):
    """The database cannot be reached."""

    default_hint = "Is the server running, and is JOPHIEL_DATABASE_URL right? See: jophiel db status"


class ConnectionLostError(DatabaseUnreachableError):
    """The connection to the database was lost."""

    default_hint = "The work was rolled back; run the command again."


class LoginRefusedError(DatabaseError):
    """The database refused the login."""

    default_hint = "Check user and password in JOPHIEL_DATABASE_URL."


class DatabaseMissingError(DatabaseError):
    """The database does not exist."""

    default_hint = "Create it, then run: jophiel db install"


class DatabaseInvalidError(DatabaseError):
    """The database is broken: the command that was dropping it was interrupted."""

    default_hint = "jophiel demo makes its own anew; drop another, and create or restore it."


class ReadOnlyError(DatabaseError):
    """The database is read-only."""

    default_hint = "Use the primary server, or unset default_transaction_read_only."


class DatabaseTooOldError(DatabaseError):
    """The server is older than PostgreSQL 17."""

    default_hint = "Upgrade it, or unset JOPHIEL_DATABASE_URL to use the embedded server."


class PgvectorMissingError(DatabaseError):
    """The server has no pgvector 0.8 or newer."""

    default_hint = "Install pgvector on the server (Debian: postgresql-17-pgvector)."


class NotInstalledError(DatabaseError):
    """Jophiel is not installed in this database, or an older release is."""

    default_hint = "Run: jophiel db migrate"


class PermissionDeniedError(DatabaseError):
    """The database role lacks a privilege."""

    default_hint = "Grant it, or connect as the owner of the schema jophiel."


class BusyError(DatabaseError):
    """The database is busy."""

    default_hint = "Try again."


class StorageFullError(DatabaseError):
    """The database server has no space left."""

    default_hint = "Free some space; nothing was changed."


class EngineError(DatabaseError):
    """The engine refused the request."""


class InvalidArgumentError(EngineError):
    """An argument is null, empty, NaN or outside its range."""


class NotFoundError(EngineError):
    """What was asked for does not exist."""


class UnknownUserError(NotFoundError):
    """The user is unknown."""


class UnknownItemError(NotFoundError):
    """The item is unknown."""


class UnknownCollectionError(NotFoundError):
    """The collection is unknown."""


class UnknownFeedError(NotFoundError):
    """The feed is unknown."""


class UnknownPolicyError(NotFoundError):
    """The scoring policy is unknown or has no weight."""


class UnknownInteractionTypeError(NotFoundError):
    """The type of interaction is unknown."""


class MalformedRowError(EngineError):
    """A row or a JSON value is malformed."""


class InvalidVectorError(EngineError):
    """A vector has the wrong length, or NaN or infinity in it."""


class InvalidWeightError(EngineError):
    """A weight is outside its range."""


class KeyCollisionError(EngineError):
    """Two text keys have one hash."""


class InvalidSchemaError(EngineError):
    """The feature schema is broken."""


class PageGoneError(EngineError):
    """The page's generation of the feed is gone."""


class InvalidFilterError(EngineError):
    """The filter is not understood."""


class ModelStateError(EngineError):
    """The model is not in a state for that."""


class ModelWorseError(EngineError):
    """The model makes feeds worse than what is in use."""


class TrainingLostError(EngineError):
    """The training lost its place to another one."""


class TrainingWaitingError(EngineError):
    """A training is waiting already."""


class UnknownTrainingError(NotFoundError):
    """There is no such training."""


class TrainingBusyError(JophielError):
    """Another training is running."""

    default_hint = "jophiel models list shows it; it frees its place when it ends or is killed."


class ModelRefusedError(JophielError):
    """The new model is worse than what is in use."""

    default_hint = (
        "It is kept as ready: jophiel models activate ID --force, or jophiel train --force, uses it all the same."
    )


# The engine's own SQLSTATEs; docs/architecture.md has the same table for callers of the SQL.
_ENGINE_ERRORS: dict[str, type[EngineError]] = {
    "JO001": InvalidArgumentError,
    "JO002": UnknownUserError,
    "JO003": UnknownItemError,
    "JO004": UnknownCollectionError,
    "JO005": UnknownFeedError,
    "JO006": UnknownPolicyError,
    "JO007": UnknownInteractionTypeError,
    "JO010": MalformedRowError,
    "JO011": InvalidVectorError,
    "JO012": InvalidWeightError,
    "JO013": KeyCollisionError,
    "JO014": InvalidSchemaError,
    "JO020": PageGoneError,
    "JO021": InvalidFilterError,
    "JO030": ModelStateError,
    "JO031": TrainingLostError,
    "JO032": TrainingWaitingError,
    "JO033": UnknownTrainingError,
    "JO034": ModelWorseError,
}

_SQLSTATES: dict[str, type[DatabaseError]] = {
    "25006": ReadOnlyError,
    "28000": LoginRefusedError,
    "28P01": LoginRefusedError,
    "3D000": DatabaseMissingError,
    "3F000": NotInstalledError,
    "42501": PermissionDeniedError,
    "42883": NotInstalledError,
    "42P01": NotInstalledError,
    "40001": BusyError,
    "40P01": BusyError,
    "53100": StorageFullError,
    "53300": BusyError,
    "55P03": BusyError,
    "57014": BusyError,
    "57P01": ConnectionLostError,
    "57P02": ConnectionLostError,
    "57P03": DatabaseUnreachableError,
}

# A failed connection carries no SQLSTATE, only the server's words.
_CONNECT_MESSAGES: tuple[tuple[str, type[DatabaseError]], ...] = (
    (
        r"password authentication failed|no password supplied|no pg_hba\.conf entry|role \".*\" does not exist",
        LoginRefusedError,
    ),
    (r"database \".*\" does not exist", DatabaseMissingError),
    (r"invalid database \"", DatabaseInvalidError),
    (r"too many clients|remaining connection slots", BusyError),
)

_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]+@|(\bpassword\s*=\s*)('[^']*'|\S+)", re.IGNORECASE)


def one_line(text: str) -> str:
    """Return `text` with every run of white space, line ends included, as one space."""
    return " ".join(text.split())


def without_secrets(text: str) -> str:
    """Return `text` with the passwords of connection strings struck out."""
    return _PASSWORD.sub(lambda m: f"{m[1]}***@" if m[1] else f"{m[2]}***", text)


def from_driver(error: psycopg.Error) -> JophielError:  # noqa: PLR0911 - a table of cases
    """Return the error of ours for an error of the driver; its message and hint are the server's, if it sent any."""
    message = without_secrets(one_line(error.diag.message_primary or str(error))) or None
    hint = error.diag.message_hint
    state = error.sqlstate
    if state is not None and state.startswith("JO"):
        return _ENGINE_ERRORS.get(state, EngineError)(message, hint=hint, sqlstate=state)
    if state in ("0A000", "58P01") and "extension" in (message or "") and "vector" in (message or ""):
        return PgvectorMissingError(sqlstate=state)
    if state is not None:
        kind = ConnectionLostError if state.startswith("08") else _SQLSTATES.get(state, DatabaseError)
        return kind(message, hint=hint, sqlstate=state)
    if isinstance(error, PoolTimeout | PoolClosed | TooManyRequests):
        return BusyError("no database connection is free", hint="Try again, or raise the size of the pool.")
    if isinstance(error, psycopg.OperationalError):
        for pattern, kind in _CONNECT_MESSAGES:
            if re.search(pattern, message or ""):
                return kind(message)
        lost = re.search(r"closed the connection|connection is (lost|closed)|terminating connection", message or "")
        return ConnectionLostError() if lost else DatabaseUnreachableError(_reason(message))
    return DatabaseError(message, hint=hint)


def _reason(message: str | None) -> str | None:
    """Cut libpq's list of attempts down to its first reason."""
    if not message:
        return None
    first = message.split(" Multiple connection attempts failed", 1)[0].split(" Is the server running", 1)[0]
    return f"the database cannot be reached: {first}"


@contextmanager
def driver_errors() -> Iterator[None]:
    """Turn the driver's errors raised in the block into errors of ours."""
    try:
        yield
    except psycopg.Error as error:
        raise from_driver(error) from error
