"""One like, and what it does to a feed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jophiel.errors import BrokerError, InputError, UnknownItemError
from jophiel.events import messages
from jophiel.events.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable

    from jophiel.database.gateway import Gateway
    from jophiel.database.rows import FeedItem
    from jophiel.settings import Settings

_TOP = 20
_PATIENCE_SECONDS = 30
_BROKER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """What a like changed in the first 20 of a feed; `milliseconds` from sending it to reading the change."""

    user: str
    item: str
    title: str
    milliseconds: float
    left: list[FeedItem]
    entered: list[FeedItem]
    moved: list[FeedItem]


def like(
    settings: Settings,
    gateway: Gateway,
    *,
    user: str,
    item: str | None,
    feed: str,
    waiting: Callable[[str], None] = lambda _: None,
) -> Change:
    """Send a like, through the broker where there is one, and wait until it shows.

    Raises BrokerError where it does not, EngineError for an unknown user, feed or item, InputError where the feed is
    empty and no item was named. `waiting` hears what is waited for.
    """
    if item is not None and not gateway.has_item(item):
        raise UnknownItemError(f"the item {item} is unknown")
    before = gateway.get_feed(user, feed, _TOP)
    if item is None and not before:
        raise InputError(f"the feed {feed} of {user} is empty", hint="Name an item: --item")
    liked = item or before[0].item_id
    payload: dict[str, object] = {"user_id": _key(user), "sample_id": _key(liked)}
    event = messages.event("user.interaction.like", payload, datetime.now(UTC), "jophiel.simulation")
    began = time.monotonic()
    if settings.broker.url:
        body = json.dumps(event).encode()
        publisher = Publisher(settings, settings.broker.exchange, patience=_BROKER_SECONDS, waiting=waiting)
        publisher.publish([messages.Outgoing("user.interaction.like", body)])
        while not gateway.is_logged(user, str(event["event_id"])):
            if time.monotonic() - began > _PATIENCE_SECONDS:
                raise BrokerError("the like was not applied", hint="Is jophiel consume running?")
            time.sleep(0.002)
    else:
        (outcome, reason), *_ = gateway.ingest_events(json.dumps([event]))
        if outcome == "rejected":
            raise InputError(f"the like was rejected: {reason}")
    after = gateway.get_feed(user, feed, _TOP)
    milliseconds = 1000 * (time.monotonic() - began)
    ranks = {row.item_id: row.rank for row in before}
    kept = {row.item_id for row in after}
    return Change(
        user=user,
        item=liked,
        title=gateway.item_title(liked) or "",
        milliseconds=milliseconds,
        left=[row for row in before if row.item_id not in kept],
        entered=[row for row in after if row.item_id not in ranks],
        moved=[row for row in after if ranks.get(row.item_id, row.rank) != row.rank],
    )


def _key(text: str) -> int | str:
    """Return a key as publishers send it: a number where it is one."""
    return int(text) if text.isascii() and text.removeprefix("-").isdigit() else text
