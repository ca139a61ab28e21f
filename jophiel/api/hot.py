"""The feed's page beside the router, which would take as long as the page itself.

The same checks and the same answers as through the table of routes, in one function; what is not as plain as a GET of a
page goes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from jophiel.api.authentication import FEED_READ
from jophiel.api.models import Paging
from jophiel.api.operation import Answer, check_key, make_conditional, parse_query

if TYPE_CHECKING:
    from typing import Final

    from starlette.types import Scope

    from jophiel.api.services import Services

_PAGES: Final = "/v1/feed/"
_POINTS: Final = "/v1/feed/points/"


class FeedPages:
    """Answers `GET /v1/feed/{user_id}` and `GET /v1/feed/points/{user_id}`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        # Answers to other origins have more headers; the middleware for that is behind the router.
        self._is_plain = not services.settings.cors_origins

    def takes(self, scope: Scope) -> bool:
        """Return whether this is a page of a feed, and say so in the scope."""
        path: str = scope["path"]
        if not self._is_plain or not path.startswith(_PAGES) or scope["method"] != "GET":
            return False
        scored = path.startswith(_POINTS)
        user = path[len(_POINTS if scored else _PAGES) :]
        if not user or "/" in user:
            return False
        scope["jophiel.route"] = "/v1/feed/points/{user_id}" if scored else "/v1/feed/{user_id}"
        scope["jophiel.page"] = user, scored
        return True

    async def answer(self, scope: Scope) -> Answer:
        """Return the answer. Raises problems and errors as every route does."""
        services = self._services
        headers = scope["headers"]
        authorization = None
        for name, value in headers:
            if name == b"authorization":
                authorization = value
                break
        principal = services.admit(scope, authorization)
        principal.require(FEED_READ)
        user, scored = scope["jophiel.page"]
        check_key("user_id", user)
        principal.require_user(user)
        query = parse_query(Paging, scope["query_string"])
        base = f"{_POINTS if scored else _PAGES}{quote(user, safe='')}?"
        page = (user, "main", query.page, query.per_page, scored, base)
        found = Answer(await services.gateway.feed_page(page))
        make_conditional(found, headers)
        return found
