"""The page in a real Chromium, on a real server over generated people; one browser for all of it."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from psycopg.rows import namedtuple_row

from jophiel.api.settings import ApiSettings
from jophiel.batch.cycle import run_cycle
from jophiel.database.connection import connect
from jophiel.seeding.generator import Sizes
from jophiel.seeding.seed import seed
from tests.api.conftest import Served, grant, running
from tests.support.services import create_database, drop_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jophiel.api.broker import Control

# Without the last five every start looks for hosts far away.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = ApiSettings(live_seconds=0.1)

expect.set_options(timeout=15_000)


class Open(Protocol):
    """Opens the page of a server in a window of its own; it ends with the test, which fails if the page complained."""

    def __call__(self, address: str, **options: Any) -> Page: ...


def _origin(address: str) -> str:
    return "/".join(address.split("/")[:3]) + "/"


def _chromium() -> str:
    names = (os.environ.get("JOPHIEL_TEST_BROWSER"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("there is no Chromium for the tests of the page: sh tools/browser.sh installs it", pytrace=False)
    return found


# Of this folder and not of the session: while Playwright runs, this thread has an event loop, and other tests make
# theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def world(server: str, template: str) -> Iterator[str]:
    """The address of a database with sixty people, four hundred items and their feeds; each test takes another user."""
    name = f"jophiel_page_{uuid.uuid4().hex[:12]}"
    url = create_database(server, name, template)
    open_connection = partial(connect, url, application_name="tests")
    with open_connection() as connection:
        seed(connection, Sizes(60, 400, 2400), seed=1)
    run_cycle(open_connection, stopping=threading.Event())
    grant(url)
    yield url
    drop_database(server, name)


@pytest.fixture(scope="package")
def site(world: str) -> Iterator[Served]:
    with running(world, replace(SETTINGS, stop_seconds=2)) as served:
        yield served


@pytest.fixture
def sql(world: str) -> Iterator[psycopg.Connection[Any]]:
    """Another way into the same database."""
    with psycopg.connect(world, autocommit=True, row_factory=namedtuple_row) as connection:
        yield connection


@pytest.fixture
def serve_also(server: str) -> Iterator[Callable[..., Served]]:
    """Serve another database, or the same with other settings, until the end of the test."""
    with ExitStack() as stack:

        def start(url: str, *, control: Control | None = None, **settings: Any) -> Served:
            return stack.enter_context(running(url, replace(SETTINGS, stop_seconds=2, **settings), control))

        yield start


@contextmanager
def window(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A window without any state, and what it complained about."""
    complaints: list[str] = []
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text} {message.location}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page, complaints
    finally:
        context.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    with ExitStack() as stack:
        opened: list[tuple[str, list[str], list[str]]] = []

        def start(address: str, **options: Any) -> Page:
            page, complaints = stack.enter_context(window(browser, **options))
            requests: list[str] = []
            page.on("request", lambda request: requests.append(request.url))
            opened.append((address, complaints, requests))
            page.goto(address)
            return page

        yield start
        for address, complaints, requests in opened:
            assert complaints == []
            # Nothing is asked of anybody else.
            assert [url for url in requests if not url.startswith(_origin(address))] == []


@pytest.fixture
def feed_of(site: Served, open_page: Open) -> Callable[..., Page]:
    """Opens somebody's feed and waits for it."""

    def start(user: int, view: str = "", **options: Any) -> Page:
        page = open_page(f"{site.address}/#/user/{user}{view}", **options)
        if not view:
            expect(page.locator("#cards .card")).to_have_count(20)
            expect(page.locator("#live")).to_have_attribute("data-state", "live")
        return page

    return start
