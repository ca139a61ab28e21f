"""Readers of feed pages over a real pool."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from jophiel.database.feed_pages import FeedPage, FeedPages
from tests.api.conftest import furnish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Told = tuple[bytes | None, psycopg.Error | None]

PATIENCE = 20


@pytest.fixture
def readers(db: psycopg.Connection[Any], database_url: str) -> Callable[[Callable[[FeedPages], Awaitable[None]]], None]:
    furnish(db)

    def run(body: Callable[[FeedPages], Awaitable[None]]) -> None:
        async def inside() -> None:
            pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
                database_url, min_size=3, max_size=3, open=False, kwargs={"autocommit": True}
            )
            async with pool:
                pages = FeedPages(pool, seconds=1)
                pages.open()
                await body(pages)
                await pages.close()

        asyncio.run(inside())

    return run


def page(user: str, number: int = 1, *, scored: bool = False) -> FeedPage:
    return user, "main", number, 3, scored, f"/v1/feed/{user}?"


def asked(pages: FeedPages, *wanted: FeedPage) -> Awaitable[list[Told]]:
    async def one(page: FeedPage) -> Told:
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        pages.ask(page, lambda body, error: future.set_result((body, error)))
        async with asyncio.timeout(PATIENCE):
            return await future

    return asyncio.gather(*map(one, wanted))


async def lose_all_but(db: psycopg.Connection[Any]) -> None:
    """End every other session of the database, and leave the loop time to hear of it."""
    db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    await asyncio.sleep(0.05)


def test_each_gets_its_own_in_batches_of_any_length(readers: Any) -> None:
    async def body(pages: FeedPages) -> None:
        users = ["1", "ana", "nobody"] * 70
        found = await asked(pages, *(page(user, 1 + number % 3) for number, user in enumerate(users)))
        assert len(found) == 210
        for number, (user, (text, error)) in enumerate(zip(users, found, strict=True)):
            assert error is None
            if user == "nobody":
                assert text is None
            else:
                assert text is not None
                document = json.loads(text)
                assert str(document["user_id"]) == user
                assert document["pagination"]["current_page"] == 1 + number % 3

    readers(body)


def test_a_key_with_the_separator_is_left_to_the_careful_way(readers: Any) -> None:
    async def body(pages: FeedPages) -> None:
        assert await asked(pages, page("1\x1f1"), page("1\x1f1")) == [(None, None)] * 2

    readers(body)


def test_who_fails_to_take_a_page_harms_no_other(readers: Any) -> None:
    async def body(pages: FeedPages) -> None:
        faults: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["exception"]))

        def fail(*_: object) -> None:
            raise ZeroDivisionError

        for _ in range(4):
            pages.ask(page("1"), fail)
            ((text, error),) = await asked(pages, page("1"))
            assert (text is not None, error) == (True, None)
        # The last of them may be in the other reader's batch.
        async with asyncio.timeout(PATIENCE):
            while len(faults) < 4:
                await asyncio.sleep(0.01)
        assert [type(fault) for fault in faults] == [ZeroDivisionError] * 4

    readers(body)


def test_a_fault_of_ours_is_an_error_and_does_not_end_the_reader(readers: Any) -> None:
    async def body(pages: FeedPages) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        for _ in range(4):
            # A tuple that is too short.
            ((text, error),) = await asked(pages, ("1", "main"))  # type: ignore[arg-type]
            assert (text, type(error)) == (None, psycopg.OperationalError)
        ((text, error),) = await asked(pages, page("1"))
        assert (text is not None, error) == (True, None)

    readers(body)


def test_an_error_of_the_statement_is_told_and_ends_no_reader(readers: Any) -> None:
    async def body(pages: FeedPages) -> None:
        for _ in range(4):
            ((text, error),) = await asked(pages, ("1", "main", "x", 3, False, ""))  # type: ignore[arg-type]
            assert (text, type(error)) == (None, psycopg.errors.InvalidTextRepresentation)
        ((text, error),) = await asked(pages, page("1"))
        assert (text is not None, error) == (True, None)

    readers(body)


def test_a_statement_that_cannot_be_prepared_is_tried_again(readers: Any, db: psycopg.Connection[Any]) -> None:
    async def body(pages: FeedPages) -> None:
        db.execute("alter function jophiel.api_feed_pages rename to away")
        for _ in range(4):
            ((text, error),) = await asked(pages, page("1"))
            assert (text, type(error)) == (None, psycopg.errors.UndefinedFunction)
        db.execute("alter function jophiel.away rename to api_feed_pages")
        ((text, error),) = await asked(pages, page("1"))
        assert (text is not None, error) == (True, None)

    readers(body)


def test_a_lost_connection_is_replaced_unseen(readers: Any, db: psycopg.Connection[Any]) -> None:
    async def body(pages: FeedPages) -> None:
        for _ in range(3):
            ((text, error),) = await asked(pages, page("1"))
            assert (text is not None, error) == (True, None)
            await lose_all_but(db)

    readers(body)


def test_a_lost_socket_whose_number_somebody_else_has_is_let_alone(readers: Any, db: psycopg.Connection[Any]) -> None:
    """As behind a server: between the loss and the next page, callers come, and take the numbers of closed sockets."""

    async def body(pages: FeedPages) -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read(10))
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        callers = []
        for _ in range(4):
            ((text, error),) = await asked(pages, page("1"))
            assert (text is not None, error) == (True, None)
            await lose_all_but(db)
            callers += [await asyncio.open_connection(*address[:2]) for _ in range(10)]
        await asked(pages, *[page("1")] * 200)
        for reader, writer in callers:
            writer.write(b"word")
            async with asyncio.timeout(PATIENCE):
                assert await reader.read() == b"word"
            writer.close()
            await writer.wait_closed()
        server.close()
        await server.wait_closed()

    readers(body)


def test_a_function_of_another_result_is_prepared_anew(readers: Any, db: psycopg.Connection[Any]) -> None:
    async def body(pages: FeedPages) -> None:
        row = db.execute("select pg_get_function_identity_arguments('jophiel.api_feed_pages'::regproc)").fetchone()
        assert row is not None
        assert (await asked(pages, page("1")))[0][1] is None
        db.execute("alter function jophiel.api_feed_pages rename to was")
        numbers = ", ".join(f"${number}" for number in range(1, 1 + len(row[0].split(","))))
        db.execute(
            f"create function jophiel.api_feed_pages({row[0]}) returns table (place bigint, body varchar) language sql"  # noqa: S608
            f" as 'select w.place, w.body::varchar from jophiel.was({numbers}) as w'"
        )
        for _ in range(4):
            ((text, error),) = await asked(pages, page("1"))
            assert (text is not None, error) == (True, None)

    readers(body)


def test_whoever_waits_when_it_closes_is_told(readers: Any, db: psycopg.Connection[Any]) -> None:
    async def body(pages: FeedPages) -> None:
        with db.transaction():
            db.execute("lock table jophiel.tastes in access exclusive mode")
            waiting = asyncio.ensure_future(asked(pages, *[page("1")] * 200))
            await asyncio.sleep(0.2)
            await pages.close()
        found = await waiting
        assert {(text, type(error)) for text, error in found} == {(None, psycopg.OperationalError)}

    readers(body)


def test_an_answer_that_the_loop_does_not_tell_of_is_found(readers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, other = os.pipe()
    dup = os.dup
    monkeypatch.setattr("jophiel.database.feed_pages.os.dup", lambda _: dup(silent))

    async def body(pages: FeedPages) -> None:
        for _ in range(2):
            ((text, error),) = await asked(pages, page("1"))
            assert (text is not None, error) == (True, None)

    readers(body)
    os.close(silent)
    os.close(other)


def test_a_connection_that_gives_no_answer_is_given_up(readers: Any, database_url: str) -> None:
    async def body(pages: FeedPages) -> None:
        with psycopg.connect(database_url) as other:
            other.execute("lock table jophiel.feeds in access exclusive mode")
            ((text, error),) = await asked(pages, page("1"))
            assert (text, str(error)) == (None, "the connection gives no answer")
        ((text, error),) = await asked(pages, page("1"))
        assert (text is not None, error) == (True, None)

    readers(body)
