"""Users, and what they like in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.api import models, problems
from jophiel.api.authentication import CATALOGUE_WRITE, FEED_READ
from jophiel.api.operation import Answer, Operation, json_answer

if TYPE_CHECKING:
    from jophiel.api.operation import Call


async def _taste(call: Call) -> Answer:
    return json_answer(await call.gateway.taste(call.path["user_id"], call.query.limit))


async def _read_user(call: Call) -> Answer:
    return json_answer(await call.gateway.user(call.path["user_id"]))


async def _list_users(call: Call) -> Answer:
    query: models.UsersQuery = call.query
    return json_answer(await call.gateway.users(int(query.cursor) if query.cursor else None, query.limit))


async def _put_users(call: Call) -> Answer:
    return json_answer(await call.gateway.put_users(call.text))


async def _put_user(call: Call) -> Answer:
    return json_answer(await call.gateway.put_user(call.path["user_id"], call.text))


async def _delete_user(call: Call) -> Answer:
    await call.gateway.delete_user(call.path["user_id"])
    return Answer(b"", 204)


def operations() -> list[Operation]:
    """Return these routes."""
    user = "/v1/users/{user_id}"
    return [
        Operation(
            "GET",
            "/v1/taste/{user_id}",
            "taste",
            "A user's taste in words",
            _taste,
            models.Taste,
            FEED_READ,
            models.TasteQuery,
            own="user_id",
            tag="users",
        ),
        Operation(
            "POST",
            "/v1/users",
            "putUsers",
            "Create or change users, all or nothing",
            _put_users,
            models.UserOutcomes,
            CATALOGUE_WRITE,
            body=models.UserRows,
            service_only=True,
            tag="users",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "GET",
            "/v1/users",
            "users",
            "The users, to pick one from",
            _list_users,
            models.Users,
            FEED_READ,
            models.UsersQuery,
            service_only=True,
            tag="users",
        ),
        Operation("GET", user, "user", "A user", _read_user, models.User, FEED_READ, own="user_id", tag="users"),
        Operation(
            "PUT",
            user,
            "putUser",
            "Create or change a user",
            _put_user,
            models.UserOutcomes,
            CATALOGUE_WRITE,
            body=models.UserIn,
            own="user_id",
            tag="users",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "DELETE",
            user,
            "deleteUser",
            "Forget a user: nothing remains",
            _delete_user,
            None,
            CATALOGUE_WRITE,
            own="user_id",
            status=204,
            tag="users",
        ),
    ]
