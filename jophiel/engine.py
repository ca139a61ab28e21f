"""The engine from Python, in process: what the SQL functions do, over one connection.

    with Engine() as engine:
        engine.put_items([{"item_id": 1, "title": "Night rain", "tags": ["ambient"]}])
        engine.track("ana", 1, "like")
        engine.recommend("ana", limit=5)

Ids are the application's keys: integers or texts; they come back as texts.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from threading import Event
from typing import TYPE_CHECKING
from uuid import UUID

from jophiel.batch.cycle import StageReport, run_cycle
from jophiel.batch.embedding import embed_if_configured
from jophiel.batch.training import train_if_due
from jophiel.database.connection import connect_installed, database_url
from jophiel.database.embedding import EmbeddingGateway
from jophiel.database.gateway import Gateway
from jophiel.database.migrations import migrate
from jophiel.embeddings.wish import Wishes
from jophiel.errors import InputError
from jophiel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any, Self, TypeAlias

    from jophiel.database.rows import FeedItem, Reason, SimilarItem

    Key: TypeAlias = int | str

_LONGEST = 1000


class Engine:
    """A context manager over one connection, which threads may share: they take turns.

    Every call is a transaction of its own. `settings` are the environment's where none are given: an unset
    JOPHIEL_DATABASE_URL means the embedded PostgreSQL. `install` brings the database to this release first.
    Raises DatabaseError and its relatives, here and in every method; what raised has changed nothing.
    """

    def __init__(self, settings: Settings | None = None, *, install: bool = False) -> None:
        self._settings = settings or Settings.from_environment()
        if install:
            migrate(database_url(self._settings))
        self._connection = connect_installed(self._settings, application_name="jophiel engine")
        self._gateway = Gateway(self._connection)
        self._wishes = Wishes(self._settings.embeddings)

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def put_items(self, items: Iterable[Mapping[str, Any]]) -> list[str]:
        """Create or replace items, all or nothing: "created", "updated" or "unchanged" for each.

        The fields are those of `jophiel.upsert_items`.
        """
        return self._gateway.upsert_items(_document(items))

    def put_users(self, users: Iterable[Mapping[str, Any]]) -> list[str]:
        """Create or change users, all or nothing: "created", "updated" or "unchanged" for each.

        The fields are those of `jophiel.upsert_users`.
        """
        return self._gateway.upsert_users(_document(users))

    def track(
        self,
        user: Key,
        item: Key,
        interaction: str = "like",
        *,
        weight: float | None = None,
        happened_at: datetime | None = None,
        event_id: UUID | None = None,
    ) -> str:
        """Record what a user did: "applied", or "duplicate" for an event id that is known. Feeds react at once.

        `weight` replaces the type's; `happened_at` is now, and `event_id` a new one, where they are not given.
        """
        optional = {"weight": weight, "ts": happened_at, "event_id": event_id}
        row = {"user_id": user, "item_id": item, "type": interaction}
        return self.track_many([{**row, **{name: value for name, value in optional.items() if value is not None}}])[0]

    def track_many(self, interactions: Iterable[Mapping[str, Any]]) -> list[str]:
        """Record interactions, all or nothing: "applied" or "duplicate" for each.

        The fields are those of `jophiel.record_interactions`.
        """
        return self._gateway.record_interactions(_document(interactions))

    def recommend(
        self,
        user: Key,
        *,
        limit: int = 20,
        feed: str = "main",
        exclude: Collection[Key] = (),
        models: Sequence[str] | None = None,
        cf_weight: float | None = None,
        weights: Mapping[str, float] | None = None,
        policy: str | None = None,
        query_text: str | None = None,
        query_weight: float | None = None,
    ) -> list[FeedItem]:
        """Return the top of a feed, best first, without the items of `exclude`; at most 1000 with them.

        With any of the last six the feed is made on demand, and nothing is stored: `models` that alone count (content,
        collaborative, neighbours, following, novelty, popularity), `cf_weight` from 0 (content) to 1 (collaborative
        and neighbours), `weights` in place of the policy's, another `policy`, and a wish in words, `query_text`, whose
        likeness to an item adds `query_weight` (1) times itself to the score; see `jophiel.recommend` in SQL.
        """
        if not 1 <= limit <= _LONGEST - len(exclude):
            raise InputError(f"limit is {limit}, with {len(exclude)} items excluded", hint="Ask for 1 to 1000 in all.")
        unwanted = {str(item) for item in exclude}
        named = {
            "models": models,
            "cf_weight": cf_weight,
            "weights": weights,
            "policy": policy,
            "query_text": query_text,
            "query_weight": query_weight,
        }
        options: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        if query_text is not None and self._wishes.is_configured:
            options |= self._wishes.options(query_text, EmbeddingGateway(self._connection).model())
        if options:
            found = self._gateway.recommend(str(user), feed, limit + len(exclude), _json(options))
        else:
            found = self._gateway.get_feed(str(user), feed, limit + len(exclude))
        return [item for item in found if item.item_id not in unwanted][:limit]

    def similar(self, item: Key, *, limit: int = 20) -> list[SimilarItem]:
        """Return the items most like one, best first."""
        return self._gateway.similar_items(str(item), limit)

    def explain(self, user: Key, item: Key, *, feed: str = "main") -> list[Reason]:
        """Return where an item's score for a user comes from; the contributions add up to it."""
        return self._gateway.explain_score(str(user), str(item), feed)

    def taste(self, user: Key, *, limit: int = 10) -> dict[str, Any]:
        """Return a user's taste in words, `limit` terms a feature."""
        return self._gateway.describe_taste(str(user), limit)

    def run_batch(self) -> list[StageReport]:
        """Run one cycle of the batch, which embeds and trains where that is due and makes stale feeds anew.

        Returns its stages.
        """
        embed_if_configured(self._connection, self._settings.embeddings)
        train_if_due(self._connection)
        return run_cycle(lambda: connect_installed(self._settings), stopping=Event())


def _document(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as JSON; times and UUIDs become texts."""
    try:
        given = [dict(row) for row in rows]
    except (TypeError, ValueError) as error:
        raise InputError(f"the rows are no objects: {error}") from error
    return _json(given)


def _json(value: object) -> str:
    try:
        return json.dumps(value, default=_text, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"what was given cannot be written as JSON: {error}") from error


def _text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of JSON")
