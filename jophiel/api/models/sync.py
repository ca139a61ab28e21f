"""Lists to compare: checksums, and the ids themselves."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jophiel.api.models.common import Answer, Id, Query
from jophiel.api.models.patterns import AFTER


class IdsQuery(Query):
    """A page of a list of ids."""

    after: str | None = Field(default=None, pattern=AFTER, description="The value `after` of the page before.")
    limit: int = Field(default=10_000, ge=1, le=100_000)


class ChecksumData(Answer):
    """SHA-256 in hex of the sorted ids joined by commas."""

    checksum: str | None
    count: int


class Checksum(Answer):
    """A checksum of a list of ids."""

    success: Literal[True]
    data: ChecksumData


class IdsData(Answer):
    """A page of ids."""

    ids: list[Id]
    count: int
    after: str | None
    next_page_url: str | None


class Ids(Answer):
    """A page of a list of ids."""

    success: Literal[True]
    data: IdsData
