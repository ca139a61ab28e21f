"""What statements return: a frozen dataclass for each shape of row, its fields named like the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """`server_version` as PostgreSQL counts (180004); `pgvector_available` is None where the server has no pgvector."""

    server_version: int
    pgvector_available: str | None


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """A migration that was applied, and the SHA-256 of its file."""

    migration_id: str
    sha256: str


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Why a row of a file cannot be used."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class UsersWithoutFeed:
    """Of some users: how many are unknown, and how many are known and have no feed."""

    unknown: int
    feedless: int


@dataclass(frozen=True, slots=True)
class Timing:
    """A reading: `processed` and `total_seconds` since the stage began, `chunk` and `chunk_seconds` since the last."""

    run_id: UUID
    stage: str
    processed: int
    chunk: int
    chunk_seconds: float
    total_seconds: float


@dataclass(frozen=True, slots=True)
class TimingSummary:
    """The last run of a stage: seconds in all, and until the first 10, 100 and 1000 were done."""

    stage: str
    run_id: UUID
    processed: int
    seconds: float
    per_second: float | None
    first_10_seconds: float | None
    first_100_seconds: float | None
    first_1000_seconds: float | None
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class BatchStage:
    """A stage of the batch and what waits for it, in items or users."""

    stage: str
    pending: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Share of the exact answers that the engine's access path gives too; None where there was no user to measure with.

    `measure` is recall (by similarity alone) or overlap (of feeds, by the whole formula).
    """

    measure: str
    users: int
    mean: float | None
    minimum: float | None


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An item of a feed, by its application's key."""

    rank: int
    item_id: str
    score: float
    title: str
    creator_id: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """A component of a score: `contribution` is weight times value."""

    component: str
    weight: float
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class SimilarItem:
    """An item and how near it is to another."""

    item_id: str
    score: float
    title: str


@dataclass(frozen=True, slots=True)
class SyncKey:
    """An id as the application knows it; for likes and follows a pair joined by a hyphen."""

    key: str


@dataclass(frozen=True, slots=True)
class UnembeddedItem:
    """An item whose text is to be embedded; `is_known` where a text of that hash was."""

    item_id: int
    updated_at: datetime
    words: str
    text_sha256: bytes
    is_known: bool


@dataclass(frozen=True, slots=True)
class LogFacts:
    """How many events there are to learn from, when the newest was received, and after when the wanted ones are."""

    interactions: int
    data_until: datetime | None
    cut: datetime | None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A row of jophiel.models."""

    model_id: UUID
    name: str
    state: str
    dimensions: int | None
    parameters: dict[str, Any]
    weights: dict[str, float]
    metrics: dict[str, Any]
    data_until: datetime | None
    interactions: int | None
    users: int | None
    items: int | None
    fit_seconds: float | None
    write_seconds: float | None
    peak_bytes: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    activated_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """What the score depends on and training does not choose."""

    taste_half_life_days: float
    neighbour_events: float
    cold_events: float
    cold_popularity: float


@dataclass(frozen=True, slots=True)
class TrainingDue:
    """A training that the batch is to do: the one that was asked for, or, without an id, by schedule."""

    model_id: UUID | None
    name: str | None
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EvaluatedConfiguration:
    """What decides about vectors and scores and is not the log: rows as JSON."""

    settings: list[dict[str, Any]]
    event_settings: dict[str, Any]
    features: list[dict[str, Any]]
    policy: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredFeed:
    """The top of a stored feed."""

    user_id: int
    item_ids: list[int]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the model in use was fitted with."""

    name: str
    dimensions: int | None
    parameters: dict[str, float]
    weights: dict[str, float]


@dataclass(frozen=True, slots=True)
class EventFields:
    """What an event's fields are called: the columns of jophiel.event_types; None for what it does not have."""

    event_name: str
    user_field: str | None
    item_field: str | None
    creator_field: str | None
    collection_field: str | None
    seconds_field: str | None
    metadata_field: str | None
    title_field: str | None
    tags_field: str | None
