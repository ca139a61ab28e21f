"""Pages of feeds for many requests by one statement, asked through libpq itself.

The driver's layers of coroutines take as long for a statement of these as PostgreSQL does, so a reader keeps a
connection of the pool, sends the prepared statement, and is told by the loop when the answer is there.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import ExecStatus

from jophiel.database.queries import query
from jophiel.errors import ConnectionLostError, DatabaseUnreachableError, from_driver

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from psycopg.pq.abc import PGconn, PGresult
    from psycopg_pool import AsyncConnectionPool

READERS = 2
_MOST_PAGES = 64
_STATEMENT = b"jophiel_feed_pages"
# The separator of the lists that api_feed_pages takes; addresses have none, as they are percent-encoded.
_BETWEEN = "\x1f"
# The parameters are small enough to be taken by the kernel at once; where they are not, it is asked again after this.
_FLUSH_SECONDS = 0.001
# So often the connection is looked at while an answer is awaited: no loop's word is needed for it to be noticed.
_LOOK_SECONDS = 1.0

FeedPage: TypeAlias = "tuple[str, str, int, int, bool, str]"
Done: TypeAlias = "Callable[[bytes | None, psycopg.Error | None], None]"


class FeedPages:
    """Answers whoever waits, up to 64 at once. Nobody waits for company: a batch is what came during the last.

    `seconds`: how long a connection may take for an answer before it is given up.
    """

    def __init__(self, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]], *, seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._waiting: deque[tuple[FeedPage, Done]] = deque()
        self._idle: list[asyncio.Future[None]] = []
        self._is_waking = False
        self._readers: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Begin to answer."""
        self._loop = asyncio.get_running_loop()
        self._readers = [asyncio.create_task(self._read()) for _ in range(READERS)]

    async def close(self) -> None:
        """Stop."""
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        while self._waiting:
            self._tell(self._waiting.popleft()[1], None, psycopg.OperationalError("the server stops"))

    def ask(self, page: FeedPage, done: Done) -> None:
        """Have `done` called with a page, with None where the stored feed does not do, or with an error.

        A page is (user, feed, page, per_page, with scores, base of the neighbours' addresses).
        """
        if _BETWEEN in page[0] or _BETWEEN in page[1]:
            self._loop.call_soon(done, None, None)
            return
        self._waiting.append((page, done))
        if self._idle and not self._is_waking:
            self._wake()

    def _wake(self) -> None:
        """Wake one reader; it wakes the next where it leaves something."""
        self._is_waking = True
        self._idle.pop().set_result(None)

    async def _read(self) -> None:
        waiting = self._waiting
        connection = _Connection(self._pool, self._seconds)
        try:
            while True:
                if not waiting:
                    idle = self._loop.create_future()
                    self._idle.append(idle)
                    await idle
                    self._is_waking = False
                batch = [waiting.popleft() for _ in range(min(len(waiting), _MOST_PAGES))]
                if waiting and self._idle:
                    self._wake()
                if batch:
                    await self._answer(connection, batch)
        finally:
            await connection.give_back()

    async def _answer(self, connection: _Connection, batch: list[tuple[FeedPage, Done]]) -> None:
        bodies: list[bytes | None] = [None] * len(batch)
        reason: psycopg.Error | None = psycopg.OperationalError("the server stops")
        try:
            result = await connection.ask([page for page, _ in batch])
            for row in range(result.ntuples):
                bodies[int(result.get_value(row, 0) or 0) - 1] = result.get_value(row, 1)
            reason = None
        except psycopg.Error as error:
            reason = error
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the reader
            reason = psycopg.OperationalError("the pages could not be read")
            self._loop.call_exception_handler({"message": "pages of feeds could not be read", "exception": error})
            await connection.give_back(is_broken=True)
        finally:
            # Cancelled too: whoever waits must not wait for ever.
            for (_, done), body in zip(batch, bodies, strict=True):
                self._tell(done, body, reason)

    def _tell(self, done: Done, body: bytes | None, reason: psycopg.Error | None) -> None:
        try:
            done(body, reason)
        except Exception as error:  # noqa: BLE001 - the others of the batch wait too
            self._loop.call_exception_handler({"message": "a page of a feed could not be sent", "exception": error})


class _Connection:
    """A connection of the pool, taken when it is needed and kept while it is good."""

    def __init__(self, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]], seconds: float) -> None:
        self._pool = pool
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        # One of our own: libpq closes its socket when the server goes, and the number would soon be somebody else's.
        self._socket: int | None = None
        self._answer: asyncio.Future[PGresult] | None = None
        self._result: PGresult | None = None

    async def ask(self, pages: list[FeedPage]) -> PGresult:
        """Return the rows (place, JSON) of pages. Tried again once, as reads may be."""
        users, feeds, numbers, per_pages, scored, bases = zip(*pages, strict=True)
        values = [
            _BETWEEN.join(users).encode(),
            _BETWEEN.join(feeds).encode(),
            _BETWEEN.join(map(str, numbers)).encode(),
            _BETWEEN.join(map(str, per_pages)).encode(),
            _BETWEEN.join("t" if wanted else "f" for wanted in scored).encode(),
            _BETWEEN.join(bases).encode(),
        ]
        try:
            return await self._ask(values)
        except psycopg.Error as error:
            # Lost, or what was prepared is of a function that is no more: another session knows better.
            await self.give_back(is_broken=True)
            if is_lost(error):
                with suppress(psycopg.Error):
                    await self._pool.check()
        try:
            return await self._ask(values)
        except psycopg.Error:
            await self.give_back(is_broken=True)
            raise

    async def _ask(self, values: list[bytes]) -> PGresult:
        connection = self._connection or await self._take()
        pgconn = connection.pgconn
        return await self._run(
            pgconn, lambda: pgconn.send_query_prepared(_STATEMENT, values), wanted=ExecStatus.TUPLES_OK
        )

    async def _take(self) -> psycopg.AsyncConnection[Any]:
        connection = self._connection = await self._pool.getconn()
        pgconn = connection.pgconn
        try:
            self._socket = os.dup(pgconn.socket)
            self._loop.add_reader(self._socket, self._take_in)
            # By the protocol and not by SQL: poolers know of it.
            await self._run(pgconn, lambda: pgconn.send_prepare(_STATEMENT, _statement()), wanted=ExecStatus.COMMAND_OK)
        except BaseException:
            # It may be prepared or not, and nobody else needs it.
            await self.give_back(is_broken=True)
            raise
        return connection

    async def _run(self, pgconn: PGconn, send: Callable[[], None], *, wanted: ExecStatus) -> PGresult:
        """Return the result of what is sent. Raises what the server says instead."""
        self._result = None
        # Before it is sent: the answer may come while the rest of a long question waits.
        answer: asyncio.Future[PGresult] = self._loop.create_future()
        self._answer = answer
        send()
        self._look_later(answer, self._loop.time() + self._seconds)
        try:
            while pgconn.flush() and not answer.done():
                await asyncio.sleep(_FLUSH_SECONDS)
            found = await answer
        finally:
            self._look.cancel()
        if found.status != wanted:
            raise psycopg.errors.error_from_result(found)
        return found

    def _look_later(self, answer: asyncio.Future[PGresult], until: float) -> None:
        self._look = self._loop.call_later(_LOOK_SECONDS, self._look_again, answer, until)

    def _look_again(self, answer: asyncio.Future[PGresult], until: float) -> None:
        """Notice what the loop has not told, and that nothing comes any more."""
        self._take_in()
        if answer.done():
            return
        if self._loop.time() > until:
            answer.set_exception(psycopg.OperationalError("the connection gives no answer"))
        else:
            self._look_later(answer, until)

    def _take_in(self) -> None:
        """Take what has come; also while nothing was asked, which is the end of the connection."""
        if self._connection is None:
            return
        pgconn = self._connection.pgconn
        answer, error = self._answer, None
        try:
            pgconn.consume_input()
            while not pgconn.is_busy():
                result = pgconn.get_result()
                if result is None:
                    break
                self._result = result
            else:
                return
        except psycopg.Error as lost:
            self._stop_listening()
            error = lost
        if answer is None or answer.done():
            return
        if self._result is not None:
            answer.set_result(self._result)
            self._result = None
        elif error is not None:
            answer.set_exception(error)

    def _stop_listening(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            self._loop.remove_reader(socket)
            os.close(socket)

    async def give_back(self, *, is_broken: bool = False) -> None:
        """Give the connection to the pool, which makes another for one that is broken."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._stop_listening()
        if is_broken or connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            await connection.close()
        await self._pool.putconn(connection)


def is_lost(error: psycopg.Error) -> bool:
    """Return whether an error means that the connection is of no use any more."""
    return isinstance(error, psycopg.OperationalError) and isinstance(
        from_driver(error), ConnectionLostError | DatabaseUnreachableError
    )


def _statement() -> bytes:
    """Return the block, whose parameters have names, with their numbers."""
    numbers: dict[bytes, int] = {}
    return re.sub(
        rb"%\((\w+)\)s", lambda m: b"$%d" % numbers.setdefault(m[1], len(numbers) + 1), query("api_feed_pages")
    )
