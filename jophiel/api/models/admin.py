"""What operators look at and do: status, timings, broker, dead letters, caches, the batch."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Literal
from uuid import UUID  # noqa: TC003

from pydantic import Field

from jophiel.api.models.common import Answer, Query


class ReplayQuery(Query):
    """How many dead letters to send again."""

    limit: int = Field(default=1000, ge=1, le=10_000)


class CacheQuery(Query):
    """Which cache."""

    kind: Literal["similar", "ideas"] | None = Field(default=None, description="All where it is left out.")


class Cache(Answer):
    """The cached answers of a kind."""

    kind: str
    answers: int
    oldest_at: datetime
    newest_at: datetime


class Caches(Answer):
    """The cached answers."""

    caches: list[Cache]


class Cleared(Answer):
    """How many answers were deleted."""

    cleared: int


class StageTiming(Answer):
    """How long a stage took when it last ran."""

    stage: str
    run_id: UUID
    processed: int
    seconds: float
    per_second: float | None
    first_10_seconds: float | None
    first_100_seconds: float | None
    first_1000_seconds: float | None
    finished_at: datetime


class Timings(Answer):
    """The last run of every stage."""

    stages: list[StageTiming]


class FeedAges(Answer):
    """How old the stored feeds are."""

    count: int
    age_mean_seconds: float
    age_max_seconds: float


class Status(Answer):
    """What waits, by stage of the batch, and how old the feeds are."""

    pending: dict[str, int]
    feeds: FeedAges
    users: int
    items: int
    stages: dict[str, float]


class BrokerQueue(Answer):
    """What waits to be delivered, and to how many consumers."""

    messages: int
    consumers: int


class Broker(Answer):
    """Whether the broker answers; the queue of events and the dead letters, null where there are none or unknown."""

    answers: bool
    queue: BrokerQueue | None
    dead_letters: int | None
    reason: str | None = Field(description="Why something is not known.")


class DeadLetter(Answer):
    """A message that could not be used, and why."""

    reason: str
    event_id: str | None
    routing_key: str = Field(description="The one that it was first published with.")
    dead_lettered_at: str | None = Field(description="ISO 8601, as it stands in the message's header.")
    bytes: int
    body: str = Field(description="Its first 2,000 bytes, as text.")


class DeadLetters(Answer):
    """The oldest dead letters, and how many there are."""

    dead_letters: list[DeadLetter]
    total: int


class Replayed(Answer):
    """How many dead letters were sent again, and how many were left then."""

    replayed: int
    left: int


class Purged(Answer):
    """How many dead letters were thrown away."""

    purged: int


class BatchRun(Answer):
    """A cycle of the batch that was asked for over HTTP."""

    state: Literal["idle", "running", "done", "failed"]
    started_at: datetime | None
    finished_at: datetime | None
    done: dict[str, int] = Field(description="Items or users done, by stage.")
    error: str | None
