"""Users, and what they like in words."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from jophiel.api.models.common import Answer, Cursor, Document, Id, Key, Query
from jophiel.api.models.patterns import NO_ZERO


class TasteQuery(Query):
    """How much of a taste."""

    limit: int = Field(default=10, ge=1, le=100, description="Terms a feature.")


class UsersQuery(Query):
    """A page of the users."""

    cursor: Cursor | None = None
    limit: int = Field(default=20, ge=1, le=100)


class UserIn(BaseModel):
    """A user. Unknown fields go into the profile; absent ones stay as they are."""

    model_config = ConfigDict(extra="allow")

    profile: Document | None = None
    interests: list[Annotated[str, StringConstraints(max_length=500, pattern=NO_ZERO)]] | None = Field(
        default=None, max_length=1000
    )
    locale: Annotated[str, StringConstraints(max_length=100, pattern=NO_ZERO)] | None = None
    time_zone: Annotated[str, StringConstraints(max_length=100, pattern=NO_ZERO)] | None = None


class UserRow(UserIn):
    """A user with its key."""

    user_id: Key


class UserRows(RootModel[Annotated[list[UserRow], Field(min_length=1, max_length=10_000)]]):
    """Users, all or nothing."""


class Spread(Answer):
    """What is liked of a number."""

    mean: float
    spread: float


class Taste(BaseModel):
    """A taste in words; a field `<feature>_preference` for each numeric feature besides."""

    model_config = ConfigDict(extra="allow")

    user_id: Id
    terms: dict[str, dict[str, float]]
    numeric: dict[str, Spread]


class User(Answer):
    """A user."""

    user_id: Id
    profile: dict[str, Any]
    interests: list[str]
    locale: str
    time_zone: str
    created_at: datetime
    updated_at: datetime
    events: int
    follows: list[Id]


class ListedUser(Answer):
    """A user in a list. `events`: active interactions and follows."""

    user_id: Id
    interests: list[str]
    events: int


class Users(Answer):
    """A page of the users."""

    users: list[ListedUser]
    next_cursor: str | None


class UserOutcome(Answer):
    """What became of a user."""

    user_id: Id
    outcome: Literal["created", "updated", "unchanged"]


class UserOutcomes(Answer):
    """What became of each row."""

    results: list[UserOutcome]
