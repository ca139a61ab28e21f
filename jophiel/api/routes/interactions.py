"""What users do: interactions, events, feedback, follows, and what they did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jophiel.api import models, problems
from jophiel.api.authentication import EVENTS_WRITE, FEED_READ
from jophiel.api.operation import Answer, Operation, json_answer
from jophiel.api.problems import FORBIDDEN, INVALID, Problem

if TYPE_CHECKING:
    from jophiel.api.operation import Call

_FEEDBACK = {"positive": "like", "negative": "dislike", "neutral": "view"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def _record(call: Call, rows: str) -> Answer:
    # PostgreSQL compares the users: of a name that is given twice, it and our parser might take another.
    user = None if call.principal.may_name_anybody else call.principal.subject
    body = await call.gateway.record_interactions(rows, user)
    if body is None:
        raise Problem(FORBIDDEN, "The token is another user's.")
    # The report of a call that was refused; one that was carried out begins otherwise and is passed on unread.
    if b'"recorded" : true' in body[:40]:
        return json_answer(body)
    faults = json.loads(body)["errors"]
    first = faults[0]
    raise Problem(
        INVALID, f"Nothing was recorded: row {first['row']}: {first['reason']}", code=first["code"], faults=faults
    )


async def _ingest(call: Call, events: str) -> Answer:
    body = await call.gateway.ingest_events(events, None if call.principal.may_name_anybody else call.principal.subject)
    if body is None:
        raise Problem(FORBIDDEN, "A user's token sends what that user did, and nothing else.")
    return json_answer(body)


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
    return json_answer(
        await call.gateway.interactions(call.path["user_id"], query.type, before, before_id, query.limit)
    )


async def _totals(call: Call) -> Answer:
    return json_answer(await call.gateway.interaction_totals(call.path["user_id"]))


async def _put_follow(call: Call) -> Answer:
    return json_answer(await call.gateway.set_follow(call.path["user_id"], call.path["creator_id"], follows=True))


async def _delete_follow(call: Call) -> Answer:
    return json_answer(await call.gateway.set_follow(call.path["user_id"], call.path["creator_id"], follows=False))


def operations() -> list[Operation]:
    """Return these routes."""
    user = "/v1/users/{user_id}"
    return [
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
    ]
