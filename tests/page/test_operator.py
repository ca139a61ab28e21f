"""The operator's view, tokens, errors, and a database without anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

from jophiel.api.authentication import issue_token
from jophiel.seeding.generator import Sizes
from jophiel.seeding.seed import seed
from tests.api.conftest import CLOSED, SECRET, grant
from tests.support.control import FakeControl, letter

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from tests.api.conftest import Served


def test_the_operators_view(site: Served, open_page: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    sql.execute("select jophiel.similar_items(1, 5)")
    sql.execute("select jophiel.record_interaction(20, 3, 'like')")
    page = open_page(f"{site.address}/#/operator")
    expect(page.locator('[data-figure="Users"]')).to_contain_text("60")
    expect(page.locator('[data-figure="Items"]')).to_contain_text("400")
    expect(page.locator('[data-stage="feeds"] .waits')).to_be_visible()
    # By stage: who waits for a taste waits for feeds too, and is one person.
    feeds = page.locator('[data-stage="feeds"] .waits').inner_text()
    expect(page.locator('[data-figure="Waiting"] dd').first).to_have_text(re.compile(rf"^{feeds} feeds?$"))
    expect(page.locator(".operator")).to_contain_text("No broker is configured")
    page.get_by_role("button", name="Run the batch now").click()
    expect(page.locator("#batch-state")).to_contain_text("The last cycle ended")
    expect(page.locator("#batch-state")).to_contain_text("feeds ")
    # At once, and not with the next reading.
    expect(page.locator('[data-stage="feeds"] .waits')).to_have_count(0, timeout=3000)
    expect(page.get_by_role("region", name="Other work")).to_contain_text("make items")
    answers = page.get_by_role("region", name="Cached answers")
    assert answers.evaluate("region => region.scrollWidth <= region.clientWidth")
    clear = page.locator('[data-clear="similar"]')
    clear.click()
    expect(clear).to_have_text("Really clear?")
    clear.click()
    expect(page.locator("#toast")).to_contain_text(re.compile(r"[1-9]\d* answers? cleared"))
    expect(page.locator(".operator")).to_contain_text("Nothing is cached")


def test_what_the_server_says_of_a_broker_is_shown(site: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site.address}/#/")
    body = '{"answers": true, "queue": {"messages": 1234, "consumers": 0}, "dead_letters": 7, "reason": null}'
    page.route("**/v1/admin/broker", lambda route: route.fulfill(body=body, content_type="application/json"))
    page.get_by_role("link", name="Operator").click()
    expect(page.locator('[data-figure="Messages"]')).to_contain_text("1,234")
    expect(page.locator('[data-figure="Consumers"]')).to_contain_text("jophiel consume")
    expect(page.locator('[data-figure="Dead letters"]')).to_contain_text("7")
    # The pieces that there are, and no word for those that there are not.
    assert "false" not in page.locator(".operator").inner_text()


def test_dead_letters_are_shown_sent_again_and_thrown_away(
    world: str, serve_also: Callable[..., Served], open_page: Callable[..., Page]
) -> None:
    control = FakeControl([letter(n) for n in range(25)] + [letter(99, "again: an unknown name <b>film.seen</b>")])
    page = open_page(f"{serve_also(world, control=control).address}/#/operator")
    letters = page.locator("#letters")
    expect(letters).to_contain_text("26 messages could not be used")
    expect(letters.locator("li")).to_have_count(0)
    letters.get_by_role("button", name="Show them").click()
    expect(letters.locator("li")).to_have_count(20)
    expect(letters).to_contain_text("the oldest 20 are shown")
    first = letters.locator("li").first
    expect(first).to_contain_text("the payload lacks sample_id")
    expect(first).to_contain_text("user.interaction.like")
    expect(first.locator("pre")).to_contain_text('"user_id": 7')
    letters.get_by_role("button", name="Send again").click()
    expect(page.locator("#toast")).to_contain_text("26 messages sent again, 1 left")
    # What is said in a message is text.
    expect(letters.locator("li strong")).to_have_text(["again: an unknown name <b>film.seen</b>"])
    expect(page.locator('[data-figure="Dead letters"] dd').first).to_have_text("1")
    purge = letters.locator("#letters-purge")
    purge.click()
    expect(purge).to_have_text("Throw 1 message away?")
    purge.click()
    expect(page.locator("#toast")).to_contain_text("1 message thrown away")
    expect(letters).to_contain_text("There are none any more")
    expect(letters.locator("li")).to_have_count(0)
    expect(page.locator('[data-figure="Dead letters"] dd').first).to_have_text("0")
    assert control.letters == []


def test_a_broker_that_says_nothing_keeps_nothing_back(site: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site.address}/#/")
    page.route("**/v1/admin/broker", lambda _: None)
    page.get_by_role("link", name="Operator").click()
    expect(page.locator('[data-figure="Users"]')).to_contain_text("60")


def test_a_token_opens_what_it_may(world: str, serve_also: Callable[..., Served], browser: Any) -> None:
    served = serve_also(world, jwt_secret=SECRET)

    def token(*scopes: str, user: str | None = None) -> str:
        return issue_token(CLOSED, user=user, scopes=scopes, seconds=600)

    context = browser.new_context()
    page = context.new_page()
    try:
        page.goto(f"{served.address}/")
        # It asks by itself where the server wants one, and shows what the server said.
        expect(page.get_by_role("dialog")).to_contain_text("There is no bearer token.")
        page.get_by_label("Token", exact=True).fill(token("feed:read", "events:write", user="21"))
        page.get_by_role("button", name="Use it").click()
        # A user's token leads to that user's feed.
        expect(page).to_have_title("User 21 · Jophiel")
        expect(page.locator("#cards .card")).to_have_count(20)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        item = page.locator("#cards .card").first.get_attribute("data-item")
        page.locator("#cards .card").first.get_by_role("button", name="Like: ").first.click()
        expect(page.locator(f'#cards [data-item="{item}"]')).to_have_count(0)
        page.get_by_role("link", name="Operator").click()
        expect(page.locator(".operator")).to_contain_text("needs the scope admin")
        # Somebody else's feed: the problem, with the id that leads to the log.
        page.goto(f"{served.address}/#/user/22")
        expect(page.locator("#problems")).to_contain_text("The token is another user's.")
        assert page.locator("#problems code").inner_text()
        # It stays with a reload, and is gone with the tab.
        page.goto(f"{served.address}/#/user/21")
        page.reload()
        expect(page.locator("#cards .card")).to_have_count(20)
        assert page.evaluate("[localStorage.length, sessionStorage.getItem('jophiel.token') !== null]") == [0, True]
        page.get_by_role("button", name="Token").click()
        page.get_by_label("Token", exact=True).fill(token("admin"))
        page.get_by_role("button", name="Use it").click()
        page.get_by_role("link", name="Operator").click()
        expect(page.locator('[data-stage="feeds"]')).to_be_visible()
    finally:
        context.close()


def test_errors_are_shown_with_what_helps(site: Served, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    try:
        page.goto(f"{site.address}/#/user/nobody")
        problem = page.locator("#problems")
        main = page.locator("main")
        expect(main).to_contain_text("There is nobody of the key nobody")
        expect(main).not_to_contain_text("Feed of")
        expect(problem).to_be_empty()
        main.get_by_role("link", name="People").click()
        expect(page.get_by_role("heading", name="Whose feed?")).to_be_visible()
        page.goto(f"{site.address}/#/user/23")
        expect(page.locator("#cards .card")).to_have_count(20)
        expect(problem).to_be_empty()
        # What was not done is not shown as if it had been.
        page.route("**/v1/interactions", lambda route: route.abort())
        page.locator("#cards .card").first.get_by_role("button", name="Like: ").first.click()
        expect(problem).to_contain_text("The server cannot be reached")
        expect(problem).to_contain_text("jophiel serve")
        expect(problem).not_to_contain_text("Trying again")
        expect(page.locator("#cards .card")).to_have_count(20)
        # And it looks again by itself.
        page.clock.install()
        page.route("**/feeds/main?*", lambda route: route.abort())
        page.goto(f"{site.address}/#/user/24")
        page.reload()
        expect(problem).to_contain_text("The server cannot be reached")
        expect(problem).to_contain_text("Trying again every five seconds")
        page.unroute("**/feeds/main?*")
        page.clock.fast_forward(6000)
        expect(page.locator("#cards .card")).to_have_count(20)
        expect(problem).to_be_empty()
    finally:
        context.close()


def test_what_ends_after_its_view_was_left_takes_no_problem_away(site: Served, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    held: list[Any] = []
    body = '{"title": "Refused", "status": 403, "detail": "Not this one."}'

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/v1/admin/status", hold)
    page.route("**/feeds/main?*", lambda route: route.fulfill(status=403, body=body, content_type="application/json"))
    try:
        with page.expect_request("**/v1/admin/status"):
            page.goto(f"{site.address}/#/operator")
        page.goto(f"{site.address}/#/user/25")
        expect(page.locator("#problems")).to_contain_text("Not this one.")
        with page.expect_response("**/v1/admin/status"):
            held[0].continue_()
        page.wait_for_timeout(300)
        expect(page.locator("#problems")).to_contain_text("Not this one.", timeout=1)
    finally:
        context.close()


def test_a_database_without_anybody_says_what_to_type(
    database_url: str, db: psycopg.Connection[Any], serve_also: Callable[..., Served], open_page: Callable[..., Page]
) -> None:
    grant(database_url)
    served = serve_also(database_url)
    page = open_page(f"{served.address}/#/operator")
    expect(page.locator('[data-figure="Age of feeds"] dd')).to_have_text("\u2013")
    page = open_page(served.address)
    expect(page.get_by_role("heading", name="There is nobody here yet")).to_be_visible()
    for command in ("jophiel db seed", "jophiel import --items", "jophiel batch run"):
        expect(page.locator("main")).to_contain_text(command)
    # And it sees by itself when somebody has.
    seed(db, Sizes(10, 100, 100), seed=1)
    expect(page.get_by_role("heading", name="Whose feed?")).to_be_visible()
    page.get_by_role("link", name="1", exact=False).first.click()
    # The people are there, and nothing that could be recommended; the batch brings it, and the page shows it at once.
    expect(page.locator("#cards")).to_contain_text("jophiel batch run")
    db.execute("call jophiel.run_batch()")
    expect(page.locator("#cards .card").first).to_be_visible()


def test_somebody_without_items(
    database_url: str, db: psycopg.Connection[Any], serve_also: Callable[..., Served], open_page: Callable[..., Page]
) -> None:
    db.execute("""select jophiel.upsert_users('[{"user_id": "ana"}]')""")
    grant(database_url)
    page = open_page(f"{serve_also(database_url).address}/#/user/ana")
    expect(page.locator("main")).to_contain_text("Nothing to recommend")
    expect(page.locator("main")).to_contain_text("No taste yet")


def test_the_tools_of_the_header_never_stand_alone(site: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site.address}/#/user/26")
    expect(page.locator("#tabs a")).to_have_count(6)
    for width in (1300, 1080, 1000, 961, 960, 800, 641, 390, 360):
        page.set_viewport_size({"width": width, "height": 800})
        brand, tools, tabs = (page.locator(name).bounding_box() for name in (".brand", ".tools", "#tabs"))
        assert brand is not None
        assert tools is not None
        assert tabs is not None
        # In the brand's row, whatever else is.
        assert abs(tools["y"] + tools["height"] / 2 - brand["y"] - brand["height"] / 2) < 4, width
        assert tabs["x"] + tabs["width"] <= width
        assert page.locator("#tabs").evaluate("tabs => tabs.scrollWidth <= tabs.clientWidth"), width
