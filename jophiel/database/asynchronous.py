"""The gateway of the HTTP API: an asynchronous pool, and feeds read for many requests by one statement.

Answers are the bytes that PostgreSQL made: nothing is parsed or built on the way. Reads are repeated once where the
connection was lost; writes are not, as nobody knows whether they were done, but where the server says that they were
rolled back.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from jophiel.database.feed_pages import READERS, FeedPages, is_lost
from jophiel.database.keepalive import unless_given
from jophiel.database.queries import query
from jophiel.errors import ConnectionLostError, SettingsError, driver_errors, from_driver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jophiel.database.feed_pages import FeedPage

_CONNECT_SECONDS = 2
# A request waits this long for a connection; while the server is away, everybody waits this long for nothing.
_WAIT_SECONDS = 1.5
# The pool gives a lost connection up after this, and the next request begins anew: that is how soon it is back.
_RECONNECT_SECONDS = 0.5
_ATTEMPTS = 4
_TRANSIENT = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class AsyncGateway:
    """The functions `jophiel.api_*` over a pool; open it in the lifespan of what uses it."""

    def __init__(self, url: str, *, size: int = 4, role: str | None = None, statement_seconds: float = 10) -> None:
        options = [
            f"-c statement_timeout={int(statement_seconds * 1000)}",
            # What was given up on must not hold locks.
            "-c idle_in_transaction_session_timeout=60000",
            "-c timezone=UTC",
        ]
        if role:
            escaped = role.replace("\\", "\\\\").replace(" ", "\\ ")
            options.append(f"-c role={escaped}")
        try:
            given = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            raise SettingsError("JOPHIEL_DATABASE_URL is not a connection URL") from None
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            make_conninfo(
                url, options=" ".join([str(given.get("options") or ""), *options]).strip(), **unless_given(given)
            ),
            min_size=size + READERS,
            max_size=size + READERS,
            max_waiting=1000,
            timeout=_WAIT_SECONDS,
            reconnect_timeout=_RECONNECT_SECONDS,
            open=False,
            kwargs={"autocommit": True, "application_name": "jophiel api", "connect_timeout": _CONNECT_SECONDS},
            name="jophiel api",
        )
        # The server ends a statement in that time; what has given no answer some seconds later, never will.
        self.feed_pages = FeedPages(self._pool, seconds=statement_seconds + _WAIT_SECONDS)

    async def open(self) -> None:
        """Open the pool; a database that is away is no error, as it may come back."""
        self._loop = asyncio.get_running_loop()
        await self._pool.open(wait=False)
        self.feed_pages.open()

    async def close(self) -> None:
        """Close everything."""
        await self.feed_pages.close()
        await self._pool.close()

    # How a block is run.

    async def _value(self, block: str, /, **parameters: object) -> bytes | None:
        """Return the first value of the first row as the server sent it; for writes.

        Repeated only where the server says that it has rolled back and that the same may well succeed (40001: who was
        being deleted is gone by then; 40P01).
        """
        for again in reversed(range(_ATTEMPTS)):
            try:
                async with self._pool.connection() as connection:
                    return await self._fetch(connection, block, parameters)
            except _TRANSIENT as error:
                if not again:
                    raise from_driver(error) from error
            except psycopg.Error as error:
                await self._after(error)
                raise from_driver(error) from error
        raise ConnectionLostError

    async def _read(self, block: str, /, **parameters: object) -> bytes | None:
        """As `_value`, repeated once where the connection was lost."""
        for again in (True, False):
            try:
                async with self._pool.connection() as connection:
                    return await self._fetch(connection, block, parameters)
            except psycopg.Error as error:
                lost = await self._after(error)
                if not (lost and again):
                    raise from_driver(error) from error
        raise ConnectionLostError

    @staticmethod
    async def _fetch(
        connection: psycopg.AsyncConnection[Any], block: str, parameters: Mapping[str, object]
    ) -> bytes | None:
        cursor = await connection.execute(query(block), parameters)
        result = cursor.pgresult
        if result is None or not result.ntuples:
            return None
        return result.get_value(0, 0)

    async def _after(self, error: psycopg.Error) -> bool:
        """Replace dead connections after an error; return whether the connection was lost."""
        if is_lost(error):
            with suppress(psycopg.Error):
                await self._pool.check()
            return True
        return False

    # Feeds, many requests at a time.

    async def feed_page(self, page: FeedPage) -> bytes:
        """Return a page of a feed: (user, feed, page, per_page, with scores, base of the neighbours' addresses)."""
        future: asyncio.Future[bytes | None] = self._loop.create_future()

        def done(body: bytes | None, error: psycopg.Error | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(body)
            else:
                future.set_exception(from_driver(error))

        self.feed_pages.ask(page, done)
        return await future or await self.feed_page_alone(page)

    async def feed_page_alone(self, page: FeedPage) -> bytes:
        """Return a page that has no stored feed, or raise why there is none."""
        user, feed, number, per_page, scored, base = page
        found = await self._read(
            "api_feed_page", user=user, feed=feed, page=number, per_page=per_page, scored=scored, base=base
        )
        return found or b""

    # Reads.

    async def feed(
        self,
        user: str,
        feed: str,
        *,
        limit: int,
        offset: int,
        generation: int | None,
        exclude: list[str],
        reasons: bool,
        options: str | None,
    ) -> bytes | None:
        """Return items of a feed after a rank; `options`: a JSON object of what this request wants otherwise."""
        return await self._read(
            "api_feed",
            user=user,
            feed=feed,
            limit=limit,
            offset=offset,
            generation=generation,
            exclude=exclude,
            reasons=reasons,
            options=options,
        )

    async def embedding_model(self) -> str | None:
        """Return the model whose embeddings are in the vectors in use, None where none are."""
        found = await self._read("api_embedding_model")
        return None if found is None else found.decode()

    async def taste(self, user: str, limit: int) -> bytes | None:
        """Return a taste in words."""
        return await self._read("api_taste", user=user, limit=limit)

    async def search(
        self, query: str, user: str | None, domain: str | None, *, page: int, per_page: int, base: str
    ) -> bytes | None:
        """Return a page of a search."""
        return await self._read(
            "api_search", query=query, user=user, domain=domain, page=page, per_page=per_page, base=base
        )

    async def checksum(self, kind: str) -> bytes | None:
        """Return the checksum of a list of ids. Raises InvalidArgumentError for more than two million."""
        return await self._read("api_checksum", kind=kind)

    async def long_checksum(self, kind: str) -> tuple[str | None, int]:
        """Return the checksum of a list of any length, and its length; a page at a time passes through memory."""
        digest, count = hashlib.sha256(), 0
        with driver_errors():
            async with (
                self._pool.connection() as connection,
                connection.transaction(),
                connection.cursor(name="jophiel_keys") as cursor,
            ):
                cursor.itersize = 5000
                await cursor.execute(query("api_sync_keys"), {"kind": kind})
                async for (key,) in cursor:
                    digest.update(f",{key}".encode() if count else str(key).encode())
                    count += 1
        return (digest.hexdigest() if count else None), count

    async def ids(self, kind: str, after: str | None, limit: int, base: str) -> bytes | None:
        """Return a page of a list of ids."""
        return await self._read("api_ids", kind=kind, after=after, limit=limit, base=base)

    async def similar(self, item: str, limit: int, *, reasons: bool) -> bytes | None:
        """Return items like one."""
        return await self._read("api_similar", item=item, limit=limit, reasons=reasons)

    async def ideas(self, user: str | None, board: str, limit: int) -> bytes | None:
        """Return ideas for a board, of one user where one is given."""
        return await self._read("api_ideas", user=user, board=board, limit=limit)

    async def explain(self, user: str, item: str, feed: str) -> bytes | None:
        """Return why an item has its score."""
        return await self._read("api_explain", user=user, item=item, feed=feed)

    async def rerank(self, user: str, items: list[str], policy: str, diversity: float) -> bytes | None:
        """Return the caller's list in the order of a taste."""
        return await self._read("api_rerank", user=user, items=items, policy=policy, diversity=diversity)

    async def user(self, user: str) -> bytes | None:
        """Return a user."""
        return await self._read("api_user", user=user)

    async def users(self, after: int | None, limit: int) -> bytes | None:
        """Return a page of the users."""
        return await self._read("api_users", after=after, limit=limit)

    async def feed_versions(self, users: list[str]) -> bytes | None:
        """Return what each of the users would read, as a version."""
        return await self._read("api_feed_versions", users=users)

    async def item(self, item: str) -> bytes | None:
        """Return an item."""
        return await self._read("api_item", item=item)

    async def items(self, domain: str | None, tag: str | None, after: int | None, limit: int) -> bytes | None:
        """Return a page of the catalogue."""
        return await self._read("api_items", domain=domain, tag=tag, after=after, limit=limit)

    async def items_by_key(self, items: list[str]) -> bytes | None:
        """Return items by key."""
        return await self._read("api_items_by_key", items=items)

    async def interactions(
        self, user: str, kind: str | None, before: Any, before_id: str | None, limit: int
    ) -> bytes | None:
        """Return what a user did, the newest first."""
        return await self._read(
            "api_interactions", user=user, type=kind, before=before, before_id=before_id, limit=limit
        )

    async def interaction_totals(self, user: str) -> bytes | None:
        """Return how often a user did what."""
        return await self._read("api_interaction_totals", user=user)

    async def boards(self, user: str) -> bytes | None:
        """Return the boards of a user."""
        return await self._read("api_boards", user=user)

    async def feeds(self) -> bytes | None:
        """Return the feed definitions."""
        return await self._read("api_feeds")

    async def caches(self) -> bytes | None:
        """Return the cached answers by kind."""
        return await self._read("api_caches")

    async def timings(self) -> bytes | None:
        """Return the last run of every stage."""
        return await self._read("api_timings")

    async def status(self) -> bytes | None:
        """Return what waits, and how old the feeds are."""
        return await self._read("api_status")

    async def chunks(self, after: str | None) -> bytes | None:
        """Return the seconds of the chunks of the batch that ended after a time, by stage."""
        return await self._read("api_chunks", after=after)

    async def ready(self) -> bytes | None:
        """Return the hash of what is installed. Raises what is wrong with the database."""
        return await self._read("api_ready")

    # Writes. Documents are JSON text, checked by the caller and read by PostgreSQL.

    async def put_users(self, users: str) -> bytes | None:
        """Create or change users."""
        return await self._value("api_put_users", users=users)

    async def put_user(self, user: str, document: str) -> bytes | None:
        """Create or change one user."""
        return await self._value("api_put_user", user=user, document=document)

    async def delete_user(self, user: str) -> None:
        """Forget a user."""
        await self._value("api_delete_user", user=user)

    async def put_items(self, items: str) -> bytes | None:
        """Create or replace items."""
        return await self._value("api_put_items", items=items)

    async def put_item(self, item: str, document: str) -> bytes | None:
        """Create or replace one item."""
        return await self._value("api_put_item", item=item, document=document)

    async def delete_item(self, item: str) -> None:
        """Take an item out of the catalogue."""
        await self._value("api_delete_item", item=item)

    async def ingest_events(self, events: str, user: str | None) -> bytes | None:
        """Take events in; None, and nothing is done, where one is not something that `user` did."""
        return await self._value("api_ingest_events", events=events, user=user)

    async def record_interactions(self, interactions: str, user: str | None) -> bytes | None:
        """Record interactions, all or none; None, and nothing is done, where one is not of `user`."""
        return await self._value("api_record_interactions", interactions=interactions, user=user)

    async def set_follow(self, user: str, creator: str, *, follows: bool) -> bytes | None:
        """Follow a creator, or end it."""
        return await self._value("api_set_follow", user=user, creator=creator, follows=follows)

    async def put_board(self, user: str, board: str, title: str | None) -> bytes | None:
        """Create a board or change its title."""
        return await self._value("api_put_board", user=user, board=board, title=title)

    async def set_board_item(self, user: str, board: str, item: str, *, is_in: bool) -> bytes | None:
        """Put an item on a board, or take it off."""
        return await self._value("api_set_board_item", user=user, board=board, item=item, is_in=is_in)

    async def recompute(self, user: str, feed: str) -> bytes | None:
        """Make a feed anew."""
        return await self._value("api_recompute", user=user, feed=feed)

    async def define_feed(self, feed: str, options: str) -> None:
        """Create or change a feed definition."""
        await self._value("api_define_feed", feed=feed, options=options)

    async def clear_cache(self, kind: str | None) -> bytes | None:
        """Delete cached answers."""
        return await self._value("api_clear_cache", kind=kind)

    async def training(self, limit: int) -> bytes | None:
        """Return what has been trained, and what is in use."""
        return await self._read("api_training", limit=limit)

    async def model(self, model_id: str) -> bytes | None:
        """Return one training. Raises UnknownTrainingError."""
        return await self._read("api_model", model_id=model_id)

    async def evaluations(self, limit: int) -> bytes | None:
        """Return what evaluations found."""
        return await self._read("api_evaluations", limit=limit)

    async def request_training(self, name: str | None, parameters: str) -> bytes | None:
        """Ask for a training. Raises TrainingWaitingError."""
        return await self._value("api_request_training", name=name, parameters=parameters)

    async def batch_stages(self) -> list[str]:
        """Return the stages of the batch in their order."""
        with driver_errors():
            async with self._pool.connection() as connection:
                cursor = await connection.execute(query("api_batch_stages"))
                return [str(row[0]) for row in await cursor.fetchall()]

    async def run_batch_step(self, stage: str, limit: int) -> int:
        """Do a chunk of a stage, in a transaction without a time limit; return how many were done."""
        with driver_errors():
            async with self._pool.connection() as connection, connection.transaction():
                await connection.execute(query("no_statement_timeout"))
                cursor = await connection.execute(query("api_run_batch_step"), {"stage": stage, "limit": limit})
                row = await cursor.fetchone()
                return int(row[0]) if row else 0
