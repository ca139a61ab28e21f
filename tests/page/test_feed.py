"""The feed in a browser: what is done changes it at once, here and in every other window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

from tests.page.conftest import window

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from playwright.sync_api import Browser

    from tests.api.conftest import Served

FeedOf = "Callable[..., Page]"


def order(page: Page) -> list[int]:
    return [int(key) for key in page.locator("#cards .card").evaluate_all("all => all.map(card => card.dataset.item)")]


def stored(sql: psycopg.Connection[Any], user: int) -> list[int]:
    return [row.item_id for row in sql.execute("select item_id from jophiel.get_feed(%s, p_limit => 20)", (user,))]


def card(page: Page, item: int) -> Any:
    return page.locator(f'#cards .card[data-item="{item}"]')


def settle(page: Page, sql: psycopg.Connection[Any], user: int) -> list[int]:
    """Wait until the page shows what the database says, and return it."""
    wanted = stored(sql, user)
    page.wait_for_function(
        "wanted => [...document.querySelectorAll('#cards .card')].map(card => card.dataset.item).join() === wanted",
        arg=",".join(map(str, wanted)),
        timeout=15_000,
    )
    return wanted


def test_a_like_moves_the_feed_and_a_reload_keeps_it(
    feed_of: Callable[..., Page], sql: psycopg.Connection[Any]
) -> None:
    page = feed_of(1)
    before = order(page)
    assert before == stored(sql, 1)
    title = card(page, before[4]).locator(".title").inner_text()
    card(page, before[4]).get_by_role("button", name="Like: ").first.click()
    expect(card(page, before[4])).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text(f"Liked “{title}”")
    after = settle(page, sql, 1)
    assert before[4] not in after
    assert after != [item for item in before if item != before[4]][:20]
    assert sql.execute(
        "select 1 from jophiel.interactions where user_id = 1 and item_id = %s and interaction_type = 'like'"
        " and is_active",
        (before[4],),
    ).fetchone()
    # Which moved is said to everybody.
    expect(page.locator(".moved.up").first).to_be_attached()
    page.reload()
    expect(page.locator("#cards .card")).to_have_count(20)
    assert order(page) == after


def test_an_undo_takes_it_back(feed_of: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    page = feed_of(2)
    before = order(page)
    card(page, before[0]).get_by_role("button", name="Dislike: ").click()
    expect(card(page, before[0])).to_have_count(0)
    settle(page, sql, 2)
    page.get_by_role("button", name="Undo").click()
    expect(card(page, before[0])).to_have_count(1)
    assert settle(page, sql, 2) == before


def test_reasons_are_those_of_explain_score(feed_of: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    page = feed_of(3)
    words = set()
    for item in order(page)[:10]:
        explained = {
            row.component: row.contribution
            for row in sql.execute("select component, contribution from jophiel.explain_score(3, %s)", (item,))
            if abs(row.contribution) >= 0.005
        }
        shown = {
            reason["component"]: reason
            for reason in card(page, item)
            .locator(".reasons li")
            .evaluate_all("all => all.map(node => ({...node.dataset, text: node.innerText}))")
        }
        assert shown.keys() == explained.keys()
        for component, reason in shown.items():
            # Novelty fades between the two looks.
            assert abs(float(reason["contribution"]) - explained[component]) < 0.001
            assert f"{float(reason['contribution']):.2f}".replace("-", "\N{MINUS SIGN}") in reason["text"]
            words.add(reason["text"].split(":")[0].split("\n")[0])
        score = float(card(page, item).locator(".score").inner_text())
        assert abs(score - sum(explained.values())) < 0.02
    assert "similar to what you liked" in words
    similar = page.locator('.reasons [data-component="similarity"]').first.inner_text()
    item = order(page)[0]
    known = sql.execute(
        "select lower(concat(array_to_string(tags, ' '), metadata)) as text from jophiel.items where item_id = %s",
        (item,),
    ).fetchone()
    assert known is not None
    for term in similar.split("\n")[0].split(": ")[1].split(", "):
        assert term.lower() in known.text


def test_follow_skip_save_and_open(feed_of: Callable[..., Page], sql: psycopg.Connection[Any], site: Served) -> None:
    page = feed_of(4)
    stranger = page.locator('#cards .card:has([data-act="follow"][data-is="off"])').first
    item = int(stranger.get_attribute("data-item") or 0)
    creator = (sql.execute("select creator_id from jophiel.items where item_id = %s", (item,)).fetchone() or [0])[0]
    card(page, item).locator('[data-act="follow"]').click()
    expect(card(page, item).locator('[data-act="follow"]')).to_have_attribute("data-is", "on")
    expect(card(page, item).locator('[data-component="following"]')).to_contain_text("from a creator you follow")
    with site.client() as client:
        assert creator in client.user(4).follows

    skipped = order(page)[1]
    card(page, skipped).get_by_role("button", name="Skip: ").click()
    expect(card(page, skipped)).to_have_count(0)
    expect(page.locator("#cards .card")).to_have_count(20)
    page.reload()
    expect(page.locator("#cards .card")).to_have_count(20)
    expect(card(page, skipped)).to_have_count(0)

    kept = order(page)[0]
    card(page, kept).get_by_role("button", name="Save: ").click()
    page.get_by_label("A new board").fill("Rainy evenings")
    page.get_by_role("button", name="Save there").click()
    expect(page.locator("#toast")).to_contain_text("is on Rainy evenings")
    with site.client() as client:
        assert [(board.title, board.item_ids) for board in client.boards(4).boards][-1] == ("Rainy evenings", [kept])

    opened = order(page)[2]
    card(page, opened).locator(".title").click()
    expect(card(page, opened).locator("tfoot")).to_contain_text("Together")
    expect(card(page, opened).locator(".tile")).to_have_count(6)
    with site.client() as client:
        newest = client.history(4, kind="view").interactions[0]
        assert newest.item_id == opened
        explained = client.explain(4, opened)
    shown = card(page, opened).locator("tfoot td").inner_text()
    assert abs(float(shown) - explained.score) < 0.002

    page.get_by_role("link", name="Boards").click()
    board = page.locator(".board", has_text="Rainy evenings")
    expect(board.locator("[data-ideas] .tile").first).to_be_visible()
    board.get_by_role("button", name="Take off: ").click()
    expect(board).to_contain_text("Nothing is on it yet")


def test_a_second_window_follows(feed_of: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    one, two = feed_of(5), feed_of(5)
    before = order(two)
    assert order(one) == before
    card(one, before[0]).get_by_role("button", name="Like: ").first.click()
    expect(card(two, before[0])).to_have_count(0)
    settle(two, sql, 5)
    # And both follow psql.
    sql.execute("select jophiel.record_interaction(5, %s, 'dislike')", (before[1],))
    expect(card(one, before[1])).to_have_count(0)
    expect(card(two, before[1])).to_have_count(0)
    expect(two.locator("#said")).to_contain_text("The feed has changed")


def test_search_and_taste(feed_of: Callable[..., Page], site: Served) -> None:
    page = feed_of(6, "/search")
    page.get_by_label("Search the catalogue").fill("loop")
    page.keyboard.press("Enter")
    expect(page.locator(".tile")).to_have_count(24)
    with site.client() as client:
        found = client.search("loop", user=6, per_page=24).sample_ids
        taste = client.taste(6, limit=60)
    shown = page.locator(".tile").evaluate_all("all => all.map(node => Number(node.dataset.item))")
    assert shown == found
    page.get_by_label("Search the catalogue").fill("loop zzyzx")
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_contain_text("All words must match")
    page.get_by_label("Search the catalogue").fill("loop")
    page.keyboard.press("Enter")
    expect(page.locator(".tile")).to_have_count(24)
    page.reload()
    expect(page.locator(".tile")).to_have_count(24)
    page.locator(".tile").first.get_by_role("button", name="Like: ").click()
    expect(page.locator("#toast")).to_contain_text("Liked")

    # What was said of this view is not left over another.
    page.get_by_role("link", name="Taste").click()
    expect(page.locator("#toast")).to_be_empty()
    genre = page.locator('[data-feature="genero"]')
    expect(genre.locator("li").first).to_be_visible()
    strongest = max(taste.terms["genero"].items(), key=lambda term: abs(term[1]))[0]
    assert strongest in genre.inner_text()
    # In words too, for who does not see the bars.
    expect(genre.locator("li").first).to_contain_text("liked")
    expect(page.locator(".range")).to_contain_text("±")


def test_the_taste_says_what_it_is_made_of(feed_of: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    page = feed_of(7)
    item = order(page)[0]
    title = card(page, item).locator(".title").inner_text()
    card(page, item).get_by_role("button", name="Dislike: ").click()
    expect(card(page, item)).to_have_count(0)
    page.get_by_role("link", name="Taste").click()
    done = page.locator(".history li").first
    expect(done).to_contain_text("dislike")
    expect(done).to_contain_text(title)
    done.get_by_role("button", name="Take back").click()
    expect(page.locator(".history .cancelled").first).to_contain_text(title)
    assert item in stored(sql, 7)
    # What has not arrived in the catalogue can be taken back as well.
    sql.execute("select jophiel.record_interaction(7, 12345, 'like')")
    page.reload()
    expect(done).to_contain_text("Item 12345")
    done.get_by_role("button", name="Take back: like Item 12345").click()
    expect(page.locator("#toast")).to_contain_text("“Item 12345” is no longer liked.")
    expect(page.locator(".history .cancelled")).to_contain_text(["Item 12345", title])
    # What can be undone here is not undone for somebody else.
    expect(page.locator("#toast")).not_to_be_empty()
    page.get_by_label("User", exact=True).fill("8")
    page.keyboard.press("Enter")
    expect(page).to_have_title("User 8 · Jophiel")
    expect(page.locator("#toast")).to_be_empty()


def test_a_window_that_is_looked_at_again_connects_once(feed_of: Callable[..., Page]) -> None:
    page = feed_of(51)
    connections: list[str] = []
    page.on("request", lambda request: connections.append(request.url))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    # Longer than what it waits for before it tries again.
    page.wait_for_timeout(1800)
    assert len([url for url in connections if url.endswith("/live")]) == 1
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_a_user_who_comes_later_is_followed(site: Served, browser: Browser) -> None:
    with window(browser) as (page, _):
        page.clock.install()
        missing = {"status": 404, "content_type": "application/problem+json", "body": '{"status": 404}'}
        page.route("**/live", lambda route: route.fulfill(**missing))
        page.goto(f"{site.address}/#/user/52")
        expect(page.locator("#live")).to_have_attribute("data-state", "waiting")
        page.unroute("**/live")
        page.clock.fast_forward(31_000)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
