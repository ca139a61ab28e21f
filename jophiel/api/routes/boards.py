"""Boards, what is on them, and ideas for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.api import models, problems
from jophiel.api.authentication import EVENTS_WRITE, FEED_READ
from jophiel.api.operation import Answer, Operation, json_answer

if TYPE_CHECKING:
    from jophiel.api.operation import Call


async def _boards(call: Call) -> Answer:
    return json_answer(await call.gateway.boards(call.path["user_id"]))


async def _put_board(call: Call) -> Answer:
    return json_answer(await call.gateway.put_board(call.path["user_id"], call.path["board_id"], call.body.title))


async def _put_board_item(call: Call) -> Answer:
    path = call.path
    return json_answer(
        await call.gateway.set_board_item(path["user_id"], path["board_id"], path["item_id"], is_in=True)
    )


async def _delete_board_item(call: Call) -> Answer:
    path = call.path
    return json_answer(
        await call.gateway.set_board_item(path["user_id"], path["board_id"], path["item_id"], is_in=False)
    )


async def _board_ideas(call: Call) -> Answer:
    user = None if call.principal.may_name_anybody else call.principal.subject
    return json_answer(await call.gateway.ideas(user, call.path["board_id"], call.query.limit))


def operations() -> list[Operation]:
    """Return these routes."""
    user = "/v1/users/{user_id}"
    return [
        Operation(
            "GET",
            f"{user}/boards",
            "boards",
            "A user's boards",
            _boards,
            models.Boards,
            FEED_READ,
            own="user_id",
            tag="boards",
        ),
        Operation(
            "PUT",
            f"{user}/boards/{{board_id}}",
            "putBoard",
            "Create a board or change its title",
            _put_board,
            models.BoardOutcome,
            EVENTS_WRITE,
            body=models.BoardIn,
            own="user_id",
            tag="boards",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "PUT",
            f"{user}/boards/{{board_id}}/items/{{item_id}}",
            "addToBoard",
            "Put an item on a board",
            _put_board_item,
            models.BoardItem,
            EVENTS_WRITE,
            own="user_id",
            tag="boards",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "DELETE",
            f"{user}/boards/{{board_id}}/items/{{item_id}}",
            "removeFromBoard",
            "Take an item off a board",
            _delete_board_item,
            models.BoardItem,
            EVENTS_WRITE,
            own="user_id",
            tag="boards",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "GET",
            "/v1/boards/{board_id}/ideas",
            "boardIdeas",
            "What else belongs on a board",
            _board_ideas,
            models.Ideas,
            FEED_READ,
            models.LimitQuery,
            tag="boards",
        ),
    ]
