"""A typed client of the HTTP API: `Client("http://127.0.0.1:8000").feed_page(42).sample_ids`.

Needs httpx2 (`pip install "jophiel[client]"`). Answers are the models of `jophiel.api.models`.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ValidationError

from jophiel.api import models
from jophiel.api.models import Feed, ProblemDetails, join_keys
from jophiel.errors import JophielError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self
    from uuid import UUID

Found = TypeVar("Found", bound=BaseModel)
Key = int | str
SyncKind = Literal["samples", "users", "interactions/likes", "interactions/follows"]


# The server says something every fifteen seconds.
_SILENCE_SECONDS = 45
_SHORTEST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
# What a later attempt may well change: too slow, too often, a fault, a proxy without its server, no database.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


class ApiError(JophielError):
    """The HTTP API refused the request; `retry_after` has the seconds where it says when to come back."""

    def __init__(self, status: int, problem: ProblemDetails | None, retry_after: int | None = None) -> None:
        super().__init__(
            problem.detail if problem else f"status {status}", hint=(problem.hint or "") if problem else ""
        )
        self.status = status
        self.problem = problem
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Conditional:
    """A feed page with its ETag; `page` is None where it has not changed."""

    page: models.FeedPage | None
    etag: str


@dataclass(frozen=True, slots=True)
class FeedChange:
    """What a user would read of a feed is not what it was.

    `generation` is None where the feed is computed for its reader; `version` is what to go on from.
    """

    user_id: str
    feed: str
    generation: int | None
    version: str


class Client:
    """One method a route; a context manager."""

    def __init__(
        self, address: str, *, token: str | None = None, timeout: float = 10, http: httpx2.Client | None = None
    ) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = http or httpx2.Client(base_url=address, timeout=timeout, headers=headers)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a request and return the answer. Raises ApiError for a status of 400 and more."""
        content = None if body is None else json.dumps(body).encode()
        given = {name: value for name, value in (query or {}).items() if value is not None}
        answer = self._http.request(
            method,
            path,
            params=given or None,
            content=content,
            headers={**({"content-type": "application/json"} if body is not None else {}), **(headers or {})},
        )
        if answer.is_error:
            raise _refusal(answer)
        return answer

    def _get(self, model: type[Found], path: str, **query: object) -> Found:
        return model.model_validate_json(self.request("GET", path, query=query).content)

    def _send(self, model: type[Found], method: str, path: str, body: object = None, **query: object) -> Found:
        return model.model_validate_json(self.request(method, path, body=body, query=query).content)

    # Feeds.

    def feed_page(self, user: Key, *, page: int = 1, per_page: int = 20) -> models.FeedPage:
        """Return a page of a user's main feed."""
        return self._get(models.FeedPage, f"/v1/feed/{_key(user)}", page=page, per_page=per_page)

    def feed_page_if_changed(self, user: Key, etag: str | None) -> Conditional:
        """Return the first page of a user's main feed, unless it is still the one with that ETag."""
        headers = {"if-none-match": etag} if etag else {}
        answer = self.request("GET", f"/v1/feed/{_key(user)}", headers=headers)
        page = (
            None
            if answer.status_code == httpx2.codes.NOT_MODIFIED
            else models.FeedPage.model_validate_json(answer.content)
        )
        return Conditional(page, answer.headers["etag"])

    def feed_points(self, user: Key, *, page: int = 1, per_page: int = 20) -> models.PointsPage:
        """Return a page of a user's main feed with scores."""
        return self._get(models.PointsPage, f"/v1/feed/points/{_key(user)}", page=page, per_page=per_page)

    def feed(
        self,
        user: Key,
        feed: str = "main",
        *,
        limit: int = 20,
        cursor: str | None = None,
        exclude: Sequence[Key] = (),
        reasons: bool = False,
        models: Sequence[str] = (),
        cf_weight: float | None = None,
        weights: Mapping[str, float] | None = None,
        policy: str | None = None,
        query_text: str | None = None,
        query_weight: float | None = None,
    ) -> Feed:
        """Return items of a feed, with reasons where wanted; `next_cursor` of the answer leads on.

        With any of the last six the feed is made on demand: `models` alone count, and it leans towards `query_text`.
        """
        return self._get(
            Feed,
            f"/v1/users/{_key(user)}/feeds/{_key(feed)}",
            limit=limit,
            cursor=cursor,
            exclude=join_keys(exclude) or None,
            reasons="true" if reasons else None,
            models=",".join(models) or None,
            cf_weight=cf_weight,
            weights=",".join(f"{name}:{weight:.6f}" for name, weight in weights.items()) if weights else None,
            policy=policy,
            query_text=query_text,
            query_weight=query_weight,
        )

    def live(self, user: Key, *, known: str | None = None) -> Generator[FeedChange, None, None]:
        """Yield a change at once, and whenever what a user would read of the main feed has changed; for ever.

        `known` is the `version` that was seen last, of which nothing is said again. Whoever is cut off is connected
        again, after a pause that grows. Raises ApiError for what does not pass: the token is not good (any more), there
        is no such user.
        """
        pause = _SHORTEST_PAUSE
        while True:
            wanted = 0
            try:
                for event in self._events(f"/v1/users/{_key(user)}/live", known):
                    pause = _SHORTEST_PAUSE
                    if event.event == "feed":
                        known = event.id
                        yield FeedChange(version=event.id, **json.loads(event.data))
            except ApiError as error:
                if error.status not in _PASSING:
                    raise
                wanted = error.retry_after or 0
            except httpx2.TransportError:
                pass
            # By chance, so that all whom a restart has cut off do not come back at once.
            time.sleep(max(wanted, random.uniform(pause / 2, pause)))  # noqa: S311 - no secret
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _events(self, path: str, known: str | None) -> Iterator[httpx2.ServerSentEvent]:
        headers = {"accept": "text/event-stream", **({"last-event-id": known} if known else {})}
        usual = self._http.timeout
        timeout = httpx2.Timeout(connect=usual.connect, read=_SILENCE_SECONDS, write=usual.write, pool=usual.pool)
        with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            yield from httpx2.EventSource(answer)

    def recompute(self, user: Key, feed: str = "main") -> models.Recomputed:
        """Make a feed anew."""
        return self._send(models.Recomputed, "POST", f"/v1/users/{_key(user)}/feeds/{_key(feed)}/recompute")

    def explain(self, user: Key, item: Key, feed: str = "main") -> models.Explanation:
        """Return where a score comes from."""
        return self._get(models.Explanation, f"/v1/users/{_key(user)}/explain/{_key(item)}", feed=feed)

    def rerank(
        self, user: Key, items: Sequence[Key], *, policy: str = "default", diversity: float = 0
    ) -> models.Ranked:
        """Return a list in the order of a user's taste."""
        body = {"item_ids": list(items), "policy": policy, "diversity": diversity}
        return self._send(models.Ranked, "POST", f"/v1/users/{_key(user)}/rerank", body)

    def taste(self, user: Key, *, limit: int = 10) -> models.Taste:
        """Return a taste in words."""
        return self._get(models.Taste, f"/v1/taste/{_key(user)}", limit=limit)

    def search(
        self, query: str, *, user: Key | None = None, domain: str | None = None, page: int = 1, per_page: int = 20
    ) -> models.FeedPage:
        """Return a page of what is found."""
        return self._get(
            models.FeedPage, "/v1/search", q=query, user_id=user, domain=domain, page=page, per_page=per_page
        )

    def similar(self, item: Key, *, limit: int = 20, reasons: bool = False) -> models.Similar:
        """Return items like one, with the components of each score where wanted."""
        wanted = "true" if reasons else None
        return self._get(models.Similar, f"/v1/items/{_key(item)}/similar", limit=limit, reasons=wanted)

    def feeds(self) -> models.FeedDefinitions:
        """Return the feed definitions."""
        return self._get(models.FeedDefinitions, "/v1/feeds")

    def define_feed(self, feed: str, **options: object) -> None:
        """Create a feed definition or change its options."""
        self.request("PUT", f"/v1/feeds/{_key(feed)}", body=options)

    # Lists to compare.

    def checksum(self, kind: SyncKind) -> models.ChecksumData:
        """Return the checksum of a list of ids."""
        return self._get(models.Checksum, f"/v1/{kind}/checksum").data

    def ids(self, kind: SyncKind, *, limit: int = 10_000) -> Iterator[Key]:
        """Yield the ids of a list, a page at a time."""
        after: str | None = None
        while True:
            data = self._get(models.Ids, f"/v1/{kind}/ids", after=after, limit=limit).data
            yield from data.ids
            if data.after is None:
                return
            after = data.after

    # Users and items.

    def users(self, *, cursor: str | None = None, limit: int = 20) -> models.Users:
        """Return a page of the users."""
        return self._get(models.Users, "/v1/users", cursor=cursor, limit=limit)

    def user(self, user: Key) -> models.User:
        """Return a user."""
        return self._get(models.User, f"/v1/users/{_key(user)}")

    def put_users(self, users: Sequence[Mapping[str, object]]) -> models.UserOutcomes:
        """Create or change users, all or nothing."""
        return self._send(models.UserOutcomes, "POST", "/v1/users", list(users))

    def put_user(self, user: Key, **fields: object) -> models.UserOutcomes:
        """Create or change a user."""
        return self._send(models.UserOutcomes, "PUT", f"/v1/users/{_key(user)}", fields)

    def delete_user(self, user: Key) -> None:
        """Forget a user."""
        self.request("DELETE", f"/v1/users/{_key(user)}")

    def item(self, item: Key) -> models.Item:
        """Return an item."""
        return self._get(models.Item, f"/v1/items/{_key(item)}")

    def items(
        self, *, domain: str | None = None, tag: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> models.Items:
        """Return a page of the catalogue."""
        return self._get(models.Items, "/v1/items", domain=domain, tag=tag, cursor=cursor, limit=limit)

    def items_by_key(self, items: Sequence[Key]) -> models.Items:
        """Return up to 100 items in the order of their keys."""
        return self._get(models.Items, "/v1/items", ids=join_keys(items))

    def put_items(self, items: Sequence[Mapping[str, object]]) -> models.ItemOutcomes:
        """Create or replace items, all or nothing."""
        return self._send(models.ItemOutcomes, "POST", "/v1/items", list(items))

    def put_item(self, item: Key, **fields: object) -> models.ItemOutcomes:
        """Create or replace an item."""
        return self._send(models.ItemOutcomes, "PUT", f"/v1/items/{_key(item)}", fields)

    def delete_item(self, item: Key) -> None:
        """Take an item out of the catalogue."""
        self.request("DELETE", f"/v1/items/{_key(item)}")

    # What users do.

    def send_event(self, event: Mapping[str, object]) -> models.EventOutcome:
        """Send one event; an outcome of rejected has a reason."""
        return self._send(models.EventOutcomes, "POST", "/v1/events", event).results[0]

    def send_events(self, events: Sequence[Mapping[str, object]]) -> models.EventOutcomes:
        """Send events; each has an outcome of its own."""
        return self._send(models.EventOutcomes, "POST", "/v1/events/bulk", list(events))

    def record(self, user: Key, item: Key, kind: str = "like", **fields: object) -> models.Recorded:
        """Record what a user did; fields: weight, ts, event_id, details."""
        body = {"user_id": user, "item_id": item, "type": kind, **fields}
        return self._send(models.Recorded, "POST", "/v1/interactions", body)

    def record_many(self, rows: Sequence[Mapping[str, object]]) -> models.Recorded:
        """Record interactions, all or nothing; the problem of an ApiError has a report by row."""
        return self._send(models.Recorded, "POST", "/v1/interactions/bulk", list(rows))

    def feedback(
        self,
        user: Key,
        item: Key,
        feedback: Literal["positive", "negative", "neutral"],
        *,
        duration_seconds: float | None = None,
        event_id: UUID | None = None,
    ) -> models.Recorded:
        """Record what a user thinks of an item."""
        body = {
            "item_id": item,
            "feedback": feedback,
            "duration_seconds": duration_seconds,
            "event_id": str(event_id) if event_id else None,
        }
        return self._send(models.Recorded, "POST", f"/v1/users/{_key(user)}/feedback", body)

    def history(
        self, user: Key, *, kind: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> models.History:
        """Return what a user did, the newest first."""
        path = f"/v1/users/{_key(user)}/interactions"
        return self._get(models.History, path, type=kind, cursor=cursor, limit=limit)

    def totals(self, user: Key) -> models.Totals:
        """Return how often a user did what."""
        return self._get(models.Totals, f"/v1/users/{_key(user)}/interactions/totals")

    def follow(self, user: Key, creator: Key) -> models.Follow:
        """Follow a creator."""
        return self._send(models.Follow, "PUT", f"/v1/users/{_key(user)}/follows/{_key(creator)}")

    def unfollow(self, user: Key, creator: Key) -> models.Follow:
        """End a follow."""
        return self._send(models.Follow, "DELETE", f"/v1/users/{_key(user)}/follows/{_key(creator)}")

    def boards(self, user: Key) -> models.Boards:
        """Return a user's boards."""
        return self._get(models.Boards, f"/v1/users/{_key(user)}/boards")

    def put_board(self, user: Key, board: Key, title: str | None = None) -> models.BoardOutcome:
        """Create a board or change its title."""
        body = {"title": title}
        return self._send(models.BoardOutcome, "PUT", f"/v1/users/{_key(user)}/boards/{_key(board)}", body)

    def add_to_board(self, user: Key, board: Key, item: Key) -> models.BoardItem:
        """Put an item on a board."""
        return self._send(models.BoardItem, "PUT", f"/v1/users/{_key(user)}/boards/{_key(board)}/items/{_key(item)}")

    def remove_from_board(self, user: Key, board: Key, item: Key) -> models.BoardItem:
        """Take an item off a board."""
        path = f"/v1/users/{_key(user)}/boards/{_key(board)}/items/{_key(item)}"
        return self._send(models.BoardItem, "DELETE", path)

    def board_ideas(self, board: Key, *, limit: int = 20) -> models.Ideas:
        """Return what else belongs on a board."""
        return self._get(models.Ideas, f"/v1/boards/{_key(board)}/ideas", limit=limit)

    # Operators.

    def status(self) -> models.Status:
        """Return what waits, and how old the feeds are."""
        return self._get(models.Status, "/v1/admin/status")

    def timings(self) -> models.Timings:
        """Return how long each stage took when it last ran."""
        return self._get(models.Timings, "/v1/admin/timings")

    def broker(self) -> models.Broker:
        """Return what waits at the message broker."""
        return self._get(models.Broker, "/v1/admin/broker")

    def dead_letters(self, *, limit: int = 20) -> models.DeadLetters:
        """Return the oldest messages that could not be used, and why; they stay where they are."""
        return self._get(models.DeadLetters, "/v1/admin/dead-letters", limit=limit)

    def replay_dead_letters(self, *, limit: int = 1000) -> models.Replayed:
        """Send the oldest dead letters to Jophiel's queue again."""
        return self._send(models.Replayed, "POST", "/v1/admin/dead-letters/replay", limit=limit)

    def purge_dead_letters(self) -> models.Purged:
        """Throw all dead letters away."""
        return self._send(models.Purged, "DELETE", "/v1/admin/dead-letters")

    def caches(self) -> models.Caches:
        """Return the cached answers by kind."""
        return self._get(models.Caches, "/v1/admin/caches")

    def clear_caches(self, kind: Literal["similar", "ideas"] | None = None) -> models.Cleared:
        """Delete cached answers."""
        return self._send(models.Cleared, "DELETE", "/v1/admin/caches", kind=kind)

    def training(self, *, limit: int = 20) -> models.TrainingStatus:
        """Return the model in use, the training that runs, the one that waits, and the newest ones."""
        return self._get(models.TrainingStatus, "/v1/training", limit=limit)

    def training_of(self, model_id: UUID | str) -> models.Training:
        """Return a training and what came of it."""
        return self._get(models.Training, f"/v1/training/{_key(str(model_id))}")

    def evaluations(self, *, limit: int = 20) -> models.Evaluations:
        """Return what `jophiel evaluate` found, the newest first."""
        return self._get(models.Evaluations, "/v1/evaluations", limit=limit)

    def train(self, model: str | None = None, **parameters: int) -> models.Training:
        """Ask for a training, which the next `jophiel batch run` does; `dimensions`, `seed`."""
        return self._send(models.Training, "POST", "/v1/training", {"model": model, **parameters})

    def batch(self) -> models.BatchRun:
        """Return the last cycle of the batch."""
        return self._get(models.BatchRun, "/v1/admin/batch")

    def start_batch(self) -> models.BatchRun:
        """Start a cycle of the batch."""
        return self._send(models.BatchRun, "POST", "/v1/admin/batch")


def _refusal(answer: httpx2.Response) -> ApiError:
    """Return the error for an answer that has been read."""
    try:
        problem = ProblemDetails.model_validate_json(answer.content)
    except ValidationError:
        problem = None
    seconds = answer.headers.get("retry-after", "")
    return ApiError(answer.status_code, problem, int(seconds) if seconds.isdecimal() else None)


def _key(key: Key) -> str:
    return quote(str(key), safe="")
