"""What more than one noun needs: keys, texts, pages, and what every answer may be."""

from __future__ import annotations

import re
from collections.abc import Iterable  # noqa: TC003
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StrictInt, StringConstraints

from jophiel.api.models.patterns import CURSOR, KEY, NO_ZERO

KeyText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=KEY)]
Key = Annotated[
    Annotated[StrictInt, Field(ge=0, lt=10**18)] | KeyText,
    Field(description="The application's key: an integer of up to 18 digits, or a text."),
]
Text = Annotated[str, StringConstraints(max_length=100_000, pattern=NO_ZERO)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=KEY)]
Weight = Annotated[float, Field(ge=-100, le=100)]
Document = dict[str, JsonValue]
Id = int | str
_LISTED_KEY = re.compile(r"(?:\\[,\\]|[^,])+")


def split_keys(text: str) -> list[str]:
    """Return the keys of a list with commas between; a comma or backslash of a key has a backslash before it."""
    keys = (re.sub(r"\\([,\\])", r"\1", key.strip()) for key in _LISTED_KEY.findall(text))
    return [key for key in keys if key]


def join_keys(keys: Iterable[int | str]) -> str:
    """Return the list that `split_keys` takes apart."""
    return ",".join(re.sub(r"[,\\]", r"\\\g<0>", str(key)) for key in keys)


_BIGINT = 2**63


def _check_bigint(text: str) -> str:
    if not -_BIGINT <= int(text) < _BIGINT:
        raise ValueError("is no cursor of ours")
    return text


Cursor = Annotated[str, StringConstraints(pattern=CURSOR), AfterValidator(_check_bigint)]


class Model(BaseModel):
    """A request's part: what is not known is refused, so that no misspelt option is taken for the default."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="forbid")


class Query(Model):
    """The query of an address; as it is, of a route that takes none."""


class Paging(Query):
    """A page by number."""

    page: int = Field(default=1, ge=1, le=1_000_000, description="From 1.")
    per_page: int = Field(default=20, ge=1, le=100)


class LimitQuery(Query):
    """How many."""

    limit: int = Field(default=20, ge=1, le=100)


class Pagination(Answer):
    """Where a page is."""

    current_page: int
    per_page: int
    total: int
    last_page: int
    next_page_url: str | None
    prev_page_url: str | None


class Reason(Answer):
    """A component of a score: contribution = weight * value."""

    component: str
    weight: float
    value: float
    contribution: float


class ScoredItem(Answer):
    """An item and a score."""

    item_id: Id
    score: float
    title: str
    creator_id: Id | None
    reasons: list[Reason] | None = None


class Health(Answer):
    """Whether the service answers."""

    status: Literal["ok"]


class ProblemDetails(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str | None = Field(default=None, description="The engine's SQLSTATE.")
    hint: str | None = None
    errors: list[dict[str, Any]] | None = Field(default=None, description="A fault for each field or row.")
