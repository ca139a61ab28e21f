"""What users do: interactions, events, feedback, follows, and what they did."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal
from uuid import UUID  # noqa: TC003

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel

from jophiel.api.models.common import Answer, Document, Id, Key, Model, Name, Query, Weight
from jophiel.api.models.patterns import HISTORY_CURSOR


class HistoryQuery(Query):
    """A page of what a user did."""

    type: Name | None = None
    cursor: str | None = Field(default=None, pattern=HISTORY_CURSOR)
    limit: int = Field(default=50, ge=1, le=1000)


class InteractionIn(Model):
    """What a user did with an item."""

    user_id: Key
    item_id: Key
    type: Name = "like"
    weight: Weight | None = Field(default=None, description="That of the type where it is left out.")
    ts: datetime | float | None = Field(default=None, description="When; now where it is left out.")
    event_id: UUID | None = Field(default=None, description="The same id is recorded once.")
    details: Document | None = None


class InteractionRows(RootModel[Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000)]]):
    """Interactions, all or nothing; each is checked by the engine, so that the report names every bad row."""


class EventIn(BaseModel):
    """An event as a publisher sends it; the engine checks what is in it, and says what is wrong."""

    model_config = ConfigDict(extra="allow")

    event_name: str = Field(description="user.interaction.like")
    event_id: str = Field(description="A UUID: the same event twice is applied once.")
    event_timestamp: str = Field(description="When it happened, ISO 8601.")
    source: str = Field(description="Who sends it.")
    payload: Document


class EventRows(RootModel[Annotated[list[JsonValue], Field(min_length=1, max_length=10_000)]]):
    """Events; each is taken or rejected by itself."""


class FeedbackIn(Model):
    """What a user thinks of an item."""

    item_id: Key
    feedback: Literal["positive", "negative", "neutral"]
    duration_seconds: float | None = Field(default=None, ge=0, le=1e6, description="How long the user looked.")
    event_id: UUID | None = None


class InteractionOutcome(Answer):
    """What became of an interaction."""

    row: int
    event_id: UUID
    outcome: Literal["applied", "duplicate"]


class Recorded(Answer):
    """Every row was recorded."""

    recorded: Literal[True]
    results: list[InteractionOutcome]


class EventOutcome(Answer):
    """What became of an event. `pending`: it names an item that has not arrived yet, and counts once that does."""

    number: int
    event_id: UUID | None
    outcome: Literal["applied", "duplicate", "pending", "rejected"]
    reason: str | None


class EventOutcomes(Answer):
    """What became of each event."""

    results: list[EventOutcome]


class Interaction(Answer):
    """What a user did. `counts`: whether the taste has it (a like that was taken back does not count)."""

    event_id: UUID
    item_id: Id
    type: str
    weight: float | None
    counts: bool
    happened_at: datetime
    details: dict[str, Any] | None


class History(Answer):
    """What a user did, the newest first."""

    user_id: Id
    interactions: list[Interaction]
    next_cursor: str | None


class Total(Answer):
    """How often."""

    count: int
    active: int
    items: int
    first_at: datetime
    last_at: datetime


class Totals(Answer):
    """How often a user did what."""

    user_id: Id
    total: int
    types: dict[str, Total]


class Follow(Answer):
    """A follow. `applied`: whether it changed anything."""

    user_id: Id
    creator_id: Id
    follows: bool
    applied: bool
