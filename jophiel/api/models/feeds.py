"""Feeds: by page and by cursor, explained, re-ranked, made anew; and their definitions."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from jophiel.api.models.common import Answer, Document, Id, Key, Model, Name, Pagination, Query, Reason
from jophiel.api.models.patterns import FEED_CURSOR, MODELS_LIST, NO_ZERO, WEIGHTS_LIST


class FeedQuery(Query):
    """A feed by cursor; with models, cf_weight, weights, policy or query_text it is made on demand, by these."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, pattern=FEED_CURSOR, description="The next_cursor of the page before.")
    exclude: str | None = Field(
        default=None,
        max_length=20_000,
        pattern=NO_ZERO,
        description="Item keys to leave out, with commas between; \\, is a comma of a key.",
    )
    reasons: bool = Field(default=False, description="With the components of each score.")
    models: str | None = Field(
        default=None,
        pattern=MODELS_LIST,
        description="What counts, with commas between; nothing else does. What the policy gives no weight has 1.",
    )
    cf_weight: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share of collaborative and neighbours in what they and content weigh; 0 is content alone.",
    )
    weights: str | None = Field(
        default=None,
        pattern=WEIGHTS_LIST,
        description="In place of the policy's: novelty:0,popularity:0.5. From 0 to 100.",
    )
    policy: Name | None = Field(default=None, description="Another scoring policy than the feed's.")
    query_text: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        pattern=NO_ZERO,
        description="A wish in words, which the feed leans towards. Words that no item has are ignored.",
    )
    query_weight: float | None = Field(
        default=None, ge=0, le=100, description="What the likeness to query_text weighs; 1 where it is not given."
    )

    def options(self) -> dict[str, Any] | None:
        """Return what the request wants to be otherwise than the feed is, None for nothing."""
        named = {
            "models": self.models.split(",") if self.models else None,
            "cf_weight": self.cf_weight,
            "weights": {name: float(weight) for name, weight in (part.split(":") for part in self.weights.split(","))}
            if self.weights
            else None,
            "policy": self.policy,
            "query_text": self.query_text,
            "query_weight": self.query_weight,
        }
        return {name: value for name, value in named.items() if value is not None} or None


class ExplainQuery(Query):
    """A score to explain."""

    feed: Name = "main"


class RerankIn(Model):
    """A list to order for a user."""

    item_ids: list[Key] = Field(min_length=1, max_length=1000)
    policy: Name = "default"
    diversity: float = Field(default=0, ge=0, le=1, description="Share of being unlike what stands above.")


class FeedDefinitionIn(Model):
    """Options of a feed definition; absent ones stay as they are."""

    policy: Name | None = None
    domain: Name | None = None
    filter: Document | None = None
    size: int | None = Field(default=None, ge=1, le=1000)
    diversity: float | None = Field(default=None, ge=0, le=1)
    creator_cap: int | None = Field(default=None, ge=1, le=1000)
    exploration: int | None = Field(default=None, ge=0, le=100)
    cold_slots: int | None = Field(default=None, ge=0, le=100)
    max_age: Annotated[str, StringConstraints(max_length=50, pattern=NO_ZERO)] | None = Field(
        default=None, description='An interval: "6 hours".'
    )
    is_scheduled: bool | None = None


class FeedPage(Answer):
    """A page of a feed or of a search."""

    user_id: Id | None
    generated_at: datetime
    sample_ids: list[Id]
    pagination: Pagination


class Sample(Answer):
    """An item and its score."""

    sample_id: Id
    score: float


class PointsPage(Answer):
    """A page of a feed with scores."""

    user_id: Id
    generated_at: datetime
    samples: list[Sample]
    pagination: Pagination


class Because(Answer):
    """Something that the user acted on, and how much it adds to a score."""

    item_id: Id
    title: str
    contribution: float


class FeedItem(Answer):
    """An item of a feed."""

    item_id: Id
    rank: int
    score: float
    title: str
    creator_id: Id | None
    reasons: list[Reason] | None = None


class Feed(Answer):
    """Items of a feed after a cursor."""

    user_id: Id
    feed: str
    generation: int
    generated_at: datetime
    items: list[FeedItem]
    next_cursor: str | None


class Explanation(Answer):
    """Where a score comes from; the contributions add up to it."""

    user_id: Id
    item_id: Id
    feed: str
    title: str
    score: float
    reasons: list[Reason]
    because: list[Because]


class RankedItem(Answer):
    """An item of the caller's list."""

    item_id: Id
    score: float


class Ranked(Answer):
    """The caller's list, best first, and what of it is no item."""

    user_id: Id
    items: list[RankedItem]
    unknown: list[str]


class Recomputed(Answer):
    """A feed that was made anew."""

    user_id: Id
    feed: str
    items: int
    generation: int
    generated_at: datetime


class FeedDefinition(Answer):
    """A feed definition; max_age in seconds."""

    feed: str
    policy: str
    domain: str | None
    filter: dict[str, Any]
    size: int
    diversity: float
    creator_cap: int | None
    exploration: int
    cold_slots: int
    max_age: float
    is_scheduled: bool


class FeedDefinitions(Answer):
    """The feed definitions."""

    feeds: list[FeedDefinition]
