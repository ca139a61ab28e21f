"""The catalogue: items, search, what is like an item."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, field_validator

from jophiel.api.models.common import (
    Answer,
    Cursor,
    Document,
    Id,
    Key,
    KeyText,
    LimitQuery,
    Name,
    Paging,
    Query,
    ScoredItem,
    Text,
    split_keys,
)
from jophiel.api.models.patterns import NO_ZERO

_MOST_IDS = 100


class SearchQuery(Paging):
    """A search."""

    q: str = Field(min_length=1, max_length=500, pattern=NO_ZERO, description='Words, "phrases", or, -not.')
    user_id: KeyText | None = Field(default=None, description="Whose taste orders what is found.")
    domain: Name | None = None


class SimilarQuery(LimitQuery):
    """Items like one."""

    reasons: bool = Field(default=False, description="With the components of each score.")


class ItemsQuery(Query):
    """A page of the catalogue, or items by key."""

    ids: str | None = Field(
        default=None,
        max_length=20_000,
        pattern=NO_ZERO,
        description="Up to 100 item keys, with commas between (\\, is a comma of a key): those items in that order, "
        "whatever else is given.",
    )

    @field_validator("ids")
    @classmethod
    def _check_ids(cls, ids: str | None) -> str | None:
        if ids is not None and not 1 <= len(split_keys(ids)) <= _MOST_IDS:
            raise ValueError(f"holds {len(split_keys(ids))} keys, not 1 to {_MOST_IDS}")
        return ids

    domain: Name | None = Field(default=None, description="The category.")
    tag: Name | None = None
    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100)


class ItemIn(BaseModel):
    """An item, whole. Unknown fields become metadata."""

    model_config = ConfigDict(extra="allow")

    domain: Name | None = None
    creator_id: Key | None = None
    title: Text | None = None
    description: Text | None = None
    tags: list[Annotated[str, StringConstraints(max_length=500, pattern=NO_ZERO)]] | None = Field(
        default=None, max_length=1000
    )
    metadata: Document | None = None
    created_at: datetime | float | None = Field(default=None, description="ISO 8601, or unix seconds.")


class ItemRow(ItemIn):
    """An item with its key."""

    item_id: Key


class ItemRows(RootModel[Annotated[list[ItemRow], Field(min_length=1, max_length=10_000)]]):
    """Items, all or nothing."""


class Similar(Answer):
    """Items like one."""

    item_id: Id
    items: list[ScoredItem]


class Item(Answer):
    """An item."""

    item_id: Id
    domain: str
    creator_id: Id | None
    title: str
    description: str
    tags: list[str]
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Items(Answer):
    """A page of the catalogue."""

    items: list[Item]
    next_cursor: str | None


class ItemOutcome(Answer):
    """What became of an item."""

    item_id: Id
    outcome: Literal["created", "updated", "unchanged"]


class ItemOutcomes(Answer):
    """What became of each row."""

    results: list[ItemOutcome]
