"""The routes of `/v1` as data, each with what it does. To add one: a function, and an `Operation` in `operations()`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from uuid import UUID

from jophiel.api import live, models, problems
from jophiel.api.authentication import ADMIN, CATALOGUE_WRITE, EVENTS_WRITE, FEED_READ
from jophiel.api.operation import Answer, Operation
from jophiel.api.problems import FORBIDDEN, INVALID, Problem
from jophiel.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jophiel.api.operation import Call

# The addresses' names of the lists that are compared, and the engine's.
_KINDS = {"samples": "items", "users": "users", "interactions/likes": "likes", "interactions/follows": "follows"}
_FEEDBACK = {"positive": "like", "negative": "dislike", "neutral": "view"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _json(body: bytes | None, status: int = 200) -> Answer:
    return Answer(body or b"null", status)


def _base(call: Call, **fixed: str | None) -> str:
    """Return what the address of another page begins with: our path, and what stays the same in the query."""
    # Encoded anew: what a caller may have left as it is would end a JSON text.
    path = quote(call.scope["path"])
    kept = urlencode({name: value for name, value in fixed.items() if value is not None}, quote_via=quote)
    return f"{path}?{kept}&" if kept else f"{path}?"


# Feeds.


async def _feed_page(call: Call) -> Answer:
    query: models.Paging = call.query
    page = (call.path["user_id"], "main", query.page, query.per_page, False, _base(call))
    return _json(await call.gateway.feed_page(page))


async def _feed_points(call: Call) -> Answer:
    query: models.Paging = call.query
    page = (call.path["user_id"], "main", query.page, query.per_page, True, _base(call))
    return _json(await call.gateway.feed_page(page))


async def _feed(call: Call) -> Answer:
    query: models.FeedQuery = call.query
    generation, rank = query.cursor.split(".") if query.cursor else (None, "0")
    options = query.options()
    wishes = call.services.wishes
    if query.query_text and options and wishes.is_configured:
        # In a thread: the model computes for milliseconds, an endpoint may take seconds.
        vector = await asyncio.to_thread(wishes.embedding, query.query_text, await call.gateway.embedding_model())
        if vector is not None:
            options["query_embedding"] = vector
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
    return _json(body)


async def _explain(call: Call) -> Answer:
    return _json(await call.gateway.explain(call.path["user_id"], call.path["item_id"], call.query.feed))


async def _rerank(call: Call) -> Answer:
    body: models.RerankIn = call.body
    items = [str(key) for key in body.item_ids]
    return _json(await call.gateway.rerank(call.path["user_id"], items, body.policy, body.diversity))


async def _recompute(call: Call) -> Answer:
    return _json(await call.gateway.recompute(call.path["user_id"], call.path["feed"]))


async def _taste(call: Call) -> Answer:
    return _json(await call.gateway.taste(call.path["user_id"], call.query.limit))


async def _search(call: Call) -> Answer:
    query: models.SearchQuery = call.query
    call.principal.require_user(query.user_id or call.principal.subject)
    body = await call.gateway.search(
        query.q,
        query.user_id,
        query.domain,
        page=query.page,
        per_page=query.per_page,
        base=_base(call, q=query.q, user_id=query.user_id, domain=query.domain),
    )
    return _json(body)


async def _similar(call: Call) -> Answer:
    return _json(await call.gateway.similar(call.path["item_id"], call.query.limit, reasons=call.query.reasons))


# Lists to compare.


def _checksum(kind: str) -> Callable[[Call], Awaitable[Answer]]:
    async def checksum(call: Call) -> Answer:
        try:
            return _json(await call.gateway.checksum(kind))
        except InvalidArgumentError:
            digest, count = await call.gateway.long_checksum(kind)
            return _json(json.dumps({"success": True, "data": {"checksum": digest, "count": count}}).encode())

    return checksum


def _ids(kind: str) -> Callable[[Call], Awaitable[Answer]]:
    async def ids(call: Call) -> Answer:
        query: models.IdsQuery = call.query
        return _json(await call.gateway.ids(kind, query.after, query.limit, _base(call)))

    return ids


# Users and items.


async def _read_user(call: Call) -> Answer:
    return _json(await call.gateway.user(call.path["user_id"]))


async def _list_users(call: Call) -> Answer:
    query: models.UsersQuery = call.query
    return _json(await call.gateway.users(int(query.cursor) if query.cursor else None, query.limit))


async def _put_users(call: Call) -> Answer:
    return _json(await call.gateway.put_users(call.text))


async def _put_user(call: Call) -> Answer:
    return _json(await call.gateway.put_user(call.path["user_id"], call.text))


async def _delete_user(call: Call) -> Answer:
    await call.gateway.delete_user(call.path["user_id"])
    return Answer(b"", 204)


async def _read_item(call: Call) -> Answer:
    return _json(await call.gateway.item(call.path["item_id"]))


async def _list_items(call: Call) -> Answer:
    query: models.ItemsQuery = call.query
    if query.ids is not None:
        return _json(await call.gateway.items_by_key(models.split_keys(query.ids)))
    after = int(query.cursor) if query.cursor else None
    return _json(await call.gateway.items(query.domain, query.tag, after, query.limit))


async def _put_items(call: Call) -> Answer:
    return _json(await call.gateway.put_items(call.text))


async def _put_item(call: Call) -> Answer:
    return _json(await call.gateway.put_item(call.path["item_id"], call.text))


async def _delete_item(call: Call) -> Answer:
    await call.gateway.delete_item(call.path["item_id"])
    return Answer(b"", 204)


# What users do.


async def _record(call: Call, rows: str) -> Answer:
    # PostgreSQL compares the users: of a name that is given twice, it and our parser might take another.
    user = None if call.principal.may_name_anybody else call.principal.subject
    body = await call.gateway.record_interactions(rows, user)
    if body is None:
        raise Problem(FORBIDDEN, "The token is another user's.")
    # The report of a call that was refused; one that was carried out begins otherwise and is passed on unread.
    if b'"recorded" : true' in body[:40]:
        return _json(body)
    faults = json.loads(body)["errors"]
    first = faults[0]
    raise Problem(
        INVALID, f"Nothing was recorded: row {first['row']}: {first['reason']}", code=first["code"], faults=faults
    )


async def _ingest(call: Call, events: str) -> Answer:
    body = await call.gateway.ingest_events(events, None if call.principal.may_name_anybody else call.principal.subject)
    if body is None:
        raise Problem(FORBIDDEN, "A user's token sends what that user did, and nothing else.")
    return _json(body)


async def _ingest_event(call: Call) -> Answer:
    return await _ingest(call, f"[{call.text}]")


async def _ingest_events(call: Call) -> Answer:
    return await _ingest(call, call.text)


async def _record_interaction(call: Call) -> Answer:
    return await _record(call, f"[{call.text}]")


async def _record_interactions(call: Call) -> Answer:
    return await _record(call, call.text)


async def _feedback(call: Call) -> Answer:
    body: models.FeedbackIn = call.body
    row = {
        "user_id": call.path["user_id"],
        "item_id": body.item_id,
        "type": _FEEDBACK[body.feedback],
        "event_id": str(body.event_id) if body.event_id else None,
        "details": None if body.duration_seconds is None else {"duration_seconds": body.duration_seconds},
    }
    return await _record(call, json.dumps([row]))


async def _history(call: Call) -> Answer:
    query: models.HistoryQuery = call.query
    before, before_id = None, None
    if query.cursor:
        microseconds, _, before_id = query.cursor.partition(".")
        try:
            before = _EPOCH + timedelta(microseconds=int(microseconds))
        except OverflowError as error:
            raise Problem(INVALID, "cursor: is none of ours", faults=[{"field": "cursor", "in": "query"}]) from error
    return _json(await call.gateway.interactions(call.path["user_id"], query.type, before, before_id, query.limit))


async def _totals(call: Call) -> Answer:
    return _json(await call.gateway.interaction_totals(call.path["user_id"]))


async def _put_follow(call: Call) -> Answer:
    return _json(await call.gateway.set_follow(call.path["user_id"], call.path["creator_id"], follows=True))


async def _delete_follow(call: Call) -> Answer:
    return _json(await call.gateway.set_follow(call.path["user_id"], call.path["creator_id"], follows=False))


async def _boards(call: Call) -> Answer:
    return _json(await call.gateway.boards(call.path["user_id"]))


async def _put_board(call: Call) -> Answer:
    return _json(await call.gateway.put_board(call.path["user_id"], call.path["board_id"], call.body.title))


async def _put_board_item(call: Call) -> Answer:
    path = call.path
    return _json(await call.gateway.set_board_item(path["user_id"], path["board_id"], path["item_id"], is_in=True))


async def _delete_board_item(call: Call) -> Answer:
    path = call.path
    return _json(await call.gateway.set_board_item(path["user_id"], path["board_id"], path["item_id"], is_in=False))


async def _board_ideas(call: Call) -> Answer:
    user = None if call.principal.may_name_anybody else call.principal.subject
    return _json(await call.gateway.ideas(user, call.path["board_id"], call.query.limit))


# Operators.


async def _feed_definitions(call: Call) -> Answer:
    return _json(await call.gateway.feeds())


async def _define_feed(call: Call) -> Answer:
    await call.gateway.define_feed(call.path["feed"], call.text)
    return Answer(b"", 204)


async def _caches(call: Call) -> Answer:
    return _json(await call.gateway.caches())


async def _clear_caches(call: Call) -> Answer:
    return _json(await call.gateway.clear_cache(call.query.kind))


async def _timings(call: Call) -> Answer:
    return _json(await call.gateway.timings())


async def _status(call: Call) -> Answer:
    return _json(await call.gateway.status())


async def _broker(call: Call) -> Answer:
    return _json((await call.services.broker.status()).model_dump_json().encode())


async def _dead_letters(call: Call) -> Answer:
    return _json((await call.services.dead_letters.read(call.query.limit)).model_dump_json().encode())


async def _replay_dead_letters(call: Call) -> Answer:
    replayed = await call.services.dead_letters.replay(call.query.limit)
    call.services.broker.outdate()
    return _json(replayed.model_dump_json().encode())


async def _purge_dead_letters(call: Call) -> Answer:
    purged = await call.services.dead_letters.purge()
    call.services.broker.outdate()
    return _json(purged.model_dump_json().encode())


async def _batch_report(call: Call) -> Answer:
    return _json(call.services.batch.report())


async def _start_batch(call: Call) -> Answer:
    call.services.batch.start()
    return _json(call.services.batch.report(), 202)


async def _training(call: Call) -> Answer:
    return _json(await call.gateway.training(call.query.limit))


async def _model(call: Call) -> Answer:
    try:
        model_id = UUID(call.path["model_id"])
    except ValueError:
        raise Problem(problems.NOT_FOUND, "There is no such training.") from None
    return _json(await call.gateway.model(str(model_id)))


async def _evaluations(call: Call) -> Answer:
    return _json(await call.gateway.evaluations(call.query.limit))


async def _request_training(call: Call) -> Answer:
    body: models.TrainingIn = call.body
    parameters = {"dimensions": body.dimensions, "seed": body.seed}
    return _json(await call.gateway.request_training(body.model, json.dumps(parameters)), 202)


def operations() -> list[Operation]:
    """Return the routes of `/v1`."""
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
        Operation(
            "POST",
            "/v1/events",
            "ingestEvent",
            "Send an event, by the contract of the broker",
            _ingest_event,
            models.EventOutcomes,
            EVENTS_WRITE,
            body=models.EventIn,
            tag="events",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "POST",
            "/v1/events/bulk",
            "ingestEvents",
            "Send events; each is taken or rejected by itself",
            _ingest_events,
            models.EventOutcomes,
            EVENTS_WRITE,
            body=models.EventRows,
            tag="events",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "POST",
            "/v1/interactions",
            "recordInteraction",
            "Record what a user did with an item",
            _record_interaction,
            models.Recorded,
            EVENTS_WRITE,
            body=models.InteractionIn,
            tag="interactions",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "POST",
            "/v1/interactions/bulk",
            "recordInteractions",
            "Record interactions, all or nothing, with a report by row",
            _record_interactions,
            models.Recorded,
            EVENTS_WRITE,
            body=models.InteractionRows,
            tag="interactions",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "POST",
            f"{user}/feedback",
            "feedback",
            "What a user thinks of an item",
            _feedback,
            models.Recorded,
            EVENTS_WRITE,
            body=models.FeedbackIn,
            own="user_id",
            tag="interactions",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "GET",
            f"{user}/interactions",
            "history",
            "What a user did, the newest first",
            _history,
            models.History,
            FEED_READ,
            models.HistoryQuery,
            own="user_id",
            tag="interactions",
        ),
        Operation(
            "GET",
            f"{user}/interactions/totals",
            "totals",
            "How often a user did what",
            _totals,
            models.Totals,
            FEED_READ,
            own="user_id",
            tag="interactions",
        ),
        Operation(
            "PUT",
            f"{user}/follows/{{creator_id}}",
            "follow",
            "Follow a creator",
            _put_follow,
            models.Follow,
            EVENTS_WRITE,
            own="user_id",
            tag="interactions",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "DELETE",
            f"{user}/follows/{{creator_id}}",
            "unfollow",
            "End a follow",
            _delete_follow,
            models.Follow,
            EVENTS_WRITE,
            own="user_id",
            tag="interactions",
            raises=(problems.CONFLICT,),
        ),
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
        Operation(
            "GET",
            "/v1/admin/status",
            "status",
            "What waits, and how old the feeds are",
            _status,
            models.Status,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/timings",
            "timings",
            "How long each stage took",
            _timings,
            models.Timings,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/broker",
            "broker",
            "What waits at the message broker",
            _broker,
            models.Broker,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/dead-letters",
            "deadLetters",
            "The oldest messages that could not be used, and why; they stay where they are",
            _dead_letters,
            models.DeadLetters,
            ADMIN,
            models.LimitQuery,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "POST",
            "/v1/admin/dead-letters/replay",
            "replayDeadLetters",
            "Send the oldest dead letters to Jophiel's queue again; what is still malformed comes back",
            _replay_dead_letters,
            models.Replayed,
            ADMIN,
            models.ReplayQuery,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "DELETE",
            "/v1/admin/dead-letters",
            "purgeDeadLetters",
            "Throw all dead letters away",
            _purge_dead_letters,
            models.Purged,
            ADMIN,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "GET",
            "/v1/admin/caches",
            "caches",
            "The cached answers by kind",
            _caches,
            models.Caches,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "DELETE",
            "/v1/admin/caches",
            "clearCaches",
            "Delete cached answers",
            _clear_caches,
            models.Cleared,
            ADMIN,
            models.CacheQuery,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/admin/batch",
            "batch",
            "The last cycle of the batch",
            _batch_report,
            models.BatchRun,
            ADMIN,
            tag="admin",
        ),
        Operation(
            "GET",
            "/v1/training",
            "training",
            "Trainings: the model in use, what runs and waits, and what there was",
            _training,
            models.TrainingStatus,
            ADMIN,
            models.LimitQuery,
            tag="training",
        ),
        Operation(
            "POST",
            "/v1/training",
            "train",
            "Ask for a training, which the next `jophiel batch run` does",
            _request_training,
            models.Training,
            ADMIN,
            body=models.TrainingIn,
            status=202,
            tag="training",
            raises=(problems.CONFLICT,),
        ),
        Operation(
            "GET",
            "/v1/training/{model_id}",
            "trainingOf",
            "A training and what came of it",
            _model,
            models.Training,
            ADMIN,
            tag="training",
            raises=(problems.NOT_FOUND,),
        ),
        Operation(
            "GET",
            "/v1/evaluations",
            "evaluations",
            "What `jophiel evaluate` found, the newest first",
            _evaluations,
            models.Evaluations,
            ADMIN,
            models.LimitQuery,
            tag="training",
        ),
        Operation(
            "POST",
            "/v1/admin/batch",
            "startBatch",
            "Start a cycle of the batch",
            _start_batch,
            models.BatchRun,
            ADMIN,
            status=202,
            tag="admin",
            raises=(problems.CONFLICT,),
        ),
    ]
