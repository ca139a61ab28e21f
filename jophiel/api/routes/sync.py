"""Lists to compare: checksums, and the ids themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jophiel.api import models
from jophiel.api.authentication import FEED_READ
from jophiel.api.operation import Answer, Operation, json_answer, page_base
from jophiel.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jophiel.api.operation import Call

# The addresses' names of the lists that are compared, and the engine's.
_KINDS = {"samples": "items", "users": "users", "interactions/likes": "likes", "interactions/follows": "follows"}


def _checksum(kind: str) -> Callable[[Call], Awaitable[Answer]]:
    async def checksum(call: Call) -> Answer:
        try:
            return json_answer(await call.gateway.checksum(kind))
        except InvalidArgumentError:
            digest, count = await call.gateway.long_checksum(kind)
            return json_answer(json.dumps({"success": True, "data": {"checksum": digest, "count": count}}).encode())

    return checksum


def _ids(kind: str) -> Callable[[Call], Awaitable[Answer]]:
    async def ids(call: Call) -> Answer:
        query: models.IdsQuery = call.query
        return json_answer(await call.gateway.ids(kind, query.after, query.limit, page_base(call)))

    return ids


def operations() -> list[Operation]:
    """Return these routes."""
    return [
        *[
            Operation(
                "GET",
                f"/v1/{name}/checksum",
                f"{kind}Checksum",
                f"SHA-256 over the sorted ids: {name}",
                _checksum(kind),
                models.Checksum,
                FEED_READ,
                service_only=True,
                tag="sync",
            )
            for name, kind in _KINDS.items()
        ],
        *[
            Operation(
                "GET",
                f"/v1/{name}/ids",
                f"{kind}Ids",
                f"The ids, a page at a time: {name}",
                _ids(kind),
                models.Ids,
                FEED_READ,
                models.IdsQuery,
                service_only=True,
                tag="sync",
            )
            for name, kind in _KINDS.items()
        ],
    ]
