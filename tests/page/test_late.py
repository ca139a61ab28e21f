"""What comes late: an answer to a view that was left, or to what was asked before something else was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.conftest import grant

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from tests.api.conftest import Served


class Held:
    """Requests of a page that get no answer yet."""

    def __init__(self, page: Page, address: str, method: str) -> None:
        self._page, self._method = page, method
        self._routes: list[Route] | None = []
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == self._method and self._routes is not None:
            self._routes.append(route)
        else:
            route.continue_()

    def release(self) -> None:
        """Answer them and wait until the page has heard of it; from now on nothing is held."""
        held, self._routes = self._routes or [], None
        for route in held:
            route.continue_()
            response = route.request.response()
            assert response
            response.finished()
        self._page.wait_for_timeout(200)


def hold(page: Page, address: str, method: str, act: Callable[[], Any]) -> Held:
    """Do what asks for something, and hold the answer back."""
    held = Held(page, address, method)
    with page.expect_request(lambda request: request.method == method and request.url.endswith(address.strip("*"))):
        act()
    return held


def look_at(page: Page, user: int) -> None:
    page.evaluate("user => { location.hash = `#/user/${user}`; }", user)
    expect(page.locator("#feed-title")).to_have_text(f"Feed of {user}")
    expect(page.locator("#cards .card")).to_have_count(20)


@pytest.mark.parametrize("action", ["like", "skip"])
def test_an_action_is_of_whom_it_was_begun_for(feed_of: Callable[..., Page], action: str) -> None:
    page = feed_of(30)
    first = page.locator("#cards .card").first
    item = first.get_attribute("data-item")
    act = first.locator(f'[data-act="{action}"]')
    held = hold(page, "**/v1/interactions", "POST", act.click)
    look_at(page, 31)
    held.release()
    # Its undo would be recorded for whoever is looked at.
    expect(page.locator("#toast")).to_be_empty(timeout=1)
    assert page.evaluate("sessionStorage.getItem('jophiel.skipped.31')") is None
    look_at(page, 30)
    expect(page.locator(f'#cards [data-item="{item}"]')).to_have_count(0)


def test_a_second_press_before_the_answer_is_none(feed_of: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    page = feed_of(38)
    first = page.locator("#cards .card").first
    item = int(first.get_attribute("data-item") or 0)
    act = first.locator('[data-act="skip"]')
    held = hold(page, "**/v1/interactions", "POST", act.click)
    act.click()
    page.wait_for_timeout(200)
    held.release()
    expect(page.locator(f'#cards [data-item="{item}"]')).to_have_count(0)
    # Five skips of ten minutes change the feed.
    skips = sql.execute(
        "select count(*) from jophiel.interactions where user_id = 38 and item_id = %s and interaction_type = 'skip'",
        (item,),
    )
    assert skips.fetchone() == (1,)


def test_an_undo_before_the_feed_was_read_again_is_one(
    feed_of: Callable[..., Page], sql: psycopg.Connection[Any]
) -> None:
    page = feed_of(32)
    follows = "select count(*) from jophiel.follows where user_id = 32 and is_active"
    before = sql.execute(follows).fetchone()
    held = hold(page, "**/v1/users/32", "GET", page.locator('[data-act="follow"][data-is="off"]').first.click)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text("You no longer follow")
    held.release()
    assert sql.execute(follows).fetchone() == before


def test_a_board_that_is_made_late_is_no_problem_of_another_view(
    feed_of: Callable[..., Page], sql: psycopg.Connection[Any]
) -> None:
    page = feed_of(33, "/boards")
    page.get_by_label("A new board").fill("Late")
    held = Held(page, "**/boards/board-*", "PUT")
    with page.expect_request("**/boards/board-*"):
        page.get_by_role("button", name="Make it").click()
    page.evaluate("location.hash = '#/'")
    expect(page.get_by_role("heading", name="Whose feed?")).to_be_visible()
    held.release()
    expect(page.locator("#problems")).to_be_empty(timeout=1)
    assert sql.execute("select count(*) from jophiel.collections where title = 'Late'").fetchone() == (1,)


def test_a_dialog_goes_with_its_view(feed_of: Callable[..., Page]) -> None:
    page = feed_of(34)
    look_at(page, 35)
    page.locator("#cards .card").first.get_by_role("button", name="Save: ").click()
    expect(page.locator("#dialog")).to_be_visible()
    page.go_back()
    expect(page.locator("#feed-title")).to_have_text("Feed of 34")
    expect(page.locator("#dialog")).to_be_hidden()
    save = page.locator("#cards .card").first.get_by_role("button", name="Save: ")
    held = hold(page, "**/v1/users/34/boards", "GET", save.click)
    look_at(page, 35)
    held.release()
    expect(page.locator("#dialog")).to_be_hidden(timeout=1)


def test_a_search_shows_what_was_searched_for_last(feed_of: Callable[..., Page]) -> None:
    page = feed_of(36, "/search")
    words, found = page.get_by_label("Search the catalogue"), page.locator(".found")
    held = Held(page, "**/v1/search?q=guitar*", "GET")
    words.fill("guitar")
    with page.expect_request("**/v1/search?q=guitar*"):
        words.press("Enter")
    # A slow answer is not waited for, and comes to nothing.
    words.fill("nothingofthekind")
    words.press("Enter")
    expect(found).to_contain_text("0 found")
    held.release()
    expect(found).to_contain_text("0 found", timeout=1)
    words.fill("guitar")
    words.press("Enter")
    expect(page.locator(".tile").first).to_be_visible()
    # Words that nobody has searched for yet change nothing when the feed does.
    words.fill("nothingofthekin")
    with page.expect_response("**/v1/search?*"):
        page.locator(".tile").first.get_by_role("button", name="Like: ").click()
    page.wait_for_timeout(200)
    expect(found).not_to_contain_text("0 found", timeout=1)


def test_why_an_action_failed_is_not_taken_away_by_the_next_look(site: Served, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    body = '{"title": "Refused", "status": 409, "detail": "Not now."}'

    def refuse(route: Any) -> None:
        if route.request.method == "POST":
            route.fulfill(status=409, body=body, content_type="application/problem+json")
        else:
            route.continue_()

    page.route("**/v1/admin/batch", refuse)
    page.clock.install()
    try:
        page.goto(f"{site.address}/#/operator")
        page.get_by_role("button", name="Run the batch now").click()
        expect(page.locator("#problems")).to_contain_text("Not now.")
        with page.expect_response("**/v1/admin/broker"):
            page.clock.fast_forward(6000)
        page.wait_for_timeout(200)
        expect(page.locator("#problems")).to_contain_text("Not now.", timeout=1)
    finally:
        context.close()


@pytest.mark.parametrize("key", [9007199254740993, "song/a", 'a"b\\c,d', "\N{MELTING FACE}%2F?#"])
def test_any_key_can_be_acted_on(
    database_url: str,
    db: psycopg.Connection[Any],
    serve_also: Callable[..., Served],
    open_page: Callable[..., Page],
    key: int | str,
) -> None:
    db.execute("select jophiel.upsert_items(%s::jsonb)", (json.dumps([{"item_id": key, "title": "Unusual"}]),))
    db.execute("select jophiel.upsert_users(%s::jsonb)", (json.dumps([{"user_id": key}]),))
    grant(database_url)
    page = open_page(f"{serve_also(database_url).address}/#/user/{quote(str(key), safe='')}/search?q=unusual")
    page.get_by_role("button", name="Like: Unusual").click()
    expect(page.locator("#toast")).to_contain_text("Liked \u201cUnusual\u201d")
    page.get_by_role("link", name="Taste").click()
    page.get_by_role("button", name="Take back: like Unusual").click()
    expect(page.locator("#toast")).to_contain_text("no longer liked")
    assert {row.is_active for row in db.execute("select is_active from jophiel.interactions")} == {False}
