"""Boards, what is on them, and ideas for more."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Annotated, Literal

from pydantic import StringConstraints

from jophiel.api.models.common import Answer, Id, Model, ScoredItem
from jophiel.api.models.patterns import NO_ZERO


class BoardIn(Model):
    """A board."""

    title: Annotated[str, StringConstraints(max_length=500, pattern=NO_ZERO)] | None = None


class Ideas(Answer):
    """Ideas for a board."""

    board_id: Id
    items: list[ScoredItem]


class Board(Answer):
    """A board."""

    board_id: Id
    title: str
    updated_at: datetime
    item_ids: list[Id]


class Boards(Answer):
    """The boards of a user."""

    user_id: Id
    boards: list[Board]


class BoardOutcome(Answer):
    """What became of a board."""

    board_id: Id
    outcome: Literal["created", "updated", "unchanged"]


class BoardItem(Answer):
    """An item on a board. `applied`: whether it changed anything."""

    board_id: Id
    item_id: Id
    is_in: bool
    applied: bool
