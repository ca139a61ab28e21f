"""Feeds: by page and by cursor, live, explained, re-ranked, made anew; and their definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jophiel.api import live, models, problems
from jophiel.api.authentication import ADMIN, FEED_READ
from jophiel.api.operation import Answer, Operation, json_answer, page_base

if TYPE_CHECKING:
    from jophiel.api.operation import Call


async def _feed_page(call: Call) -> Answer:
    query: models.Paging = call.query
    page = (call.path["user_id"], "main", query.page, query.per_page, False, page_base(call))
    return json_answer(await call.gateway.feed_page(page))


async def _feed_points(call: Call) -> Answer:
    query: models.Paging = call.query
    page = (call.path["user_id"], "main", query.page, query.per_page, True, page_base(call))
    return json_answer(await call.gateway.feed_page(page))


async def _feed(call: Call) -> Answer:
    query: models.FeedQuery = call.query
    generation, rank = query.cursor.split(".") if query.cursor else (None, "0")
    options = query.options()
    wishes = call.services.wishes
    if query.query_text and options and wishes.is_configured:
        options |= await wishes.options_soon(query.query_text, await call.gateway.embedding_model())
    body = await call.gateway.feed(
        call.path["user_id"],
        call.path["feed"],
        limit=query.limit,
        offset=int(rank),
        generation=int(generation) if generation else None,
        exclude=models.split_keys(query.exclude or ""),
        reasons=query.reasons,
        options=json.dumps(options) if options else None,
    )
    return json_answer(body)


async def _explain(call: Call) -> Answer:
    return json_answer(await call.gateway.explain(call.path["user_id"], call.path["item_id"], call.query.feed))


async def _rerank(call: Call) -> Answer:
    body: models.RerankIn = call.body
    items = [str(key) for key in body.item_ids]
    return json_answer(await call.gateway.rerank(call.path["user_id"], items, body.policy, body.diversity))


async def _recompute(call: Call) -> Answer:
    return json_answer(await call.gateway.recompute(call.path["user_id"], call.path["feed"]))


async def _feed_definitions(call: Call) -> Answer:
    return json_answer(await call.gateway.feeds())


async def _define_feed(call: Call) -> Answer:
    await call.gateway.define_feed(call.path["feed"], call.text)
    return Answer(b"", 204)


def operations() -> list[Operation]:
    """Return these routes."""
    user = "/v1/users/{user_id}"
    return [
        Operation(
            "GET",
            "/v1/feed/{user_id}",
            "feedPage",
            "A page of a user's main feed",
            _feed_page,
            models.FeedPage,
            FEED_READ,
            models.Paging,
            own="user_id",
            cached=True,
        ),
        Operation(
            "GET",
            "/v1/feed/points/{user_id}",
            "feedPoints",
            "A page of a user's main feed with scores",
            _feed_points,
            models.PointsPage,
            FEED_READ,
            models.Paging,
            own="user_id",
            cached=True,
        ),
        Operation(
            "GET",
            f"{user}/feeds/{{feed}}",
            "feed",
            "A feed by cursor, with reasons",
            _feed,
            models.Feed,
            FEED_READ,
            models.FeedQuery,
            own="user_id",
            cached=True,
            raises=(problems.GONE,),
        ),
        Operation(
            "GET",
            f"{user}/live",
            "liveFeed",
            "An event whenever the user's main feed has changed (SSE)",
            live.listen,
            None,
            FEED_READ,
            own="user_id",
            content_type="text/event-stream",
        ),
        Operation(
            "POST",
            f"{user}/feeds/{{feed}}/recompute",
            "recompute",
            "Make a user's feed anew",
            _recompute,
            models.Recomputed,
            ADMIN,
        ),
        Operation(
            "GET",
            f"{user}/explain/{{item_id}}",
            "explain",
            "Why an item has its score for a user",
            _explain,
            models.Explanation,
            FEED_READ,
            models.ExplainQuery,
            own="user_id",
        ),
        Operation(
            "POST",
            f"{user}/rerank",
            "rerank",
            "Order a list for a user",
            _rerank,
            models.Ranked,
            FEED_READ,
            body=models.RerankIn,
            own="user_id",
        ),
        Operation(
            "GET", "/v1/feeds", "feeds", "The feed definitions", _feed_definitions, models.FeedDefinitions, FEED_READ
        ),
        Operation(
            "PUT",
            "/v1/feeds/{feed}",
            "defineFeed",
            "Create a feed definition or change its options",
            _define_feed,
            None,
            ADMIN,
            body=models.FeedDefinitionIn,
            status=204,
            tag="admin",
        ),
    ]
