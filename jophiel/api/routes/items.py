"""The catalogue: items, search, what is like an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.api import models, problems
from jophiel.api.authentication import CATALOGUE_WRITE, FEED_READ
from jophiel.api.operation import Answer, Operation, json_answer, page_base

if TYPE_CHECKING:
    from jophiel.api.operation import Call


async def _search(call: Call) -> Answer:
    query: models.SearchQuery = call.query
    call.principal.require_user(query.user_id or call.principal.subject)
    body = await call.gateway.search(
        query.q,
        query.user_id,
        query.domain,
        page=query.page,
        per_page=query.per_page,
        base=page_base(call, q=query.q, user_id=query.user_id, domain=query.domain),
    )
    return json_answer(body)


async def _similar(call: Call) -> Answer:
    return json_answer(await call.gateway.similar(call.path["item_id"], call.query.limit, reasons=call.query.reasons))


async def _read_item(call: Call) -> Answer:
    return json_answer(await call.gateway.item(call.path["item_id"]))


async def _list_items(call: Call) -> Answer:
    query: models.ItemsQuery = call.query
    if query.ids is not None:
        return json_answer(await call.gateway.items_by_key(models.split_keys(query.ids)))
    after = int(query.cursor) if query.cursor else None
    return json_answer(await call.gateway.items(query.domain, query.tag, after, query.limit))


async def _put_items(call: Call) -> Answer:
    return json_answer(await call.gateway.put_items(call.text))


async def _put_item(call: Call) -> Answer:
    return json_answer(await call.gateway.put_item(call.path["item_id"], call.text))


async def _delete_item(call: Call) -> Answer:
    await call.gateway.delete_item(call.path["item_id"])
    return Answer(b"", 204)


def operations() -> list[Operation]:
    """Return these routes."""
    return [
        Operation(
            "GET",
            "/v1/search",
            "search",
            "Search, ordered by text and taste",
            _search,
            models.FeedPage,
            FEED_READ,
            models.SearchQuery,
            raises=(problems.NOT_FOUND,),
        ),
        Operation(
            "GET",
            "/v1/items/{item_id}/similar",
            "similar",
            "Items like one",
            _similar,
            models.Similar,
            FEED_READ,
            models.SimilarQuery,
            tag="items",
        ),
        Operation(
            "GET",
            "/v1/items",
            "items",
            "The catalogue, by domain and tag",
            _list_items,
            models.Items,
            FEED_READ,
            models.ItemsQuery,
            tag="items",
        ),
        Operation(
            "POST",
            "/v1/items",
            "putItems",
            "Create or replace items, all or nothing",
            _put_items,
            models.ItemOutcomes,
            CATALOGUE_WRITE,
            body=models.ItemRows,
            service_only=True,
            tag="items",
            raises=(problems.CONFLICT,),
        ),
        Operation("GET", "/v1/items/{item_id}", "item", "An item", _read_item, models.Item, FEED_READ, tag="items"),
        Operation(
            "PUT",
            "/v1/items/{item_id}",
            "putItem",
            "Create or replace an item",
            _put_item,
            models.ItemOutcomes,
            CATALOGUE_WRITE,
            body=models.ItemIn,
            service_only=True,
            tag="items",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "DELETE",
            "/v1/items/{item_id}",
            "deleteItem",
            "Take an item out of the catalogue",
            _delete_item,
            None,
            CATALOGUE_WRITE,
            service_only=True,
            status=204,
            tag="items",
        ),
    ]
