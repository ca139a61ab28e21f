"""For everybody: by keyboard, on a phone, in the dark; and from nowhere else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from jophiel.api.models import split_keys
from jophiel.api.pages import FOLDER
from tests.api.conftest import grant

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg
    from playwright.sync_api import Route

    from tests.api.conftest import Served

# The contrast of each text with what is behind it, by WCAG 2.2, 1.4.3; colours are read back from a canvas, as they may
# be mixed. Returns [ratio, text] of those that have too little.
FAINT = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const read = (color, under) => {
    canvas.fillStyle = `rgb(${under})`; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, place) => sum + v * [.2126, .7152, .0722][place], 0);
  const behind = node => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(getComputedStyle(at).backgroundColor);
    const ground = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
    return layers.reverse().reduce((under, color) => read(color, under), ground);
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement, text = texts.currentNode.textContent.trim();
    if (!text || !node.checkVisibility() || node.closest('.unseen, :disabled')) continue;
    const style = getComputedStyle(node), under = behind(node);
    const [a, b] = [light(read(style.color, under)), light(under)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < least) found.push([ratio.toFixed(2), text]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(feed_of: Callable[..., Page], scheme: str) -> None:
    page = feed_of(10, color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", ground)[0])
    assert (red < 60) == (scheme == "dark")
    page.locator("#cards .title").first.click()
    expect(page.locator(".details .tile").first).to_be_visible()
    assert page.evaluate(FAINT) == []
    page.get_by_role("link", name="Operator").click()
    expect(page.locator('[data-stage="feeds"]')).to_be_visible()
    assert page.evaluate(FAINT) == []
    page.get_by_role("button", name="Keys").click()
    assert page.evaluate(FAINT) == []


def test_nothing_is_wider_than_a_phone(feed_of: Callable[..., Page]) -> None:
    page = feed_of(11)
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#cards .title").first.click()
    expect(page.locator(".details .tile").first).to_be_visible()
    # A number stays in one line, whatever stands beside it.
    heights = page.locator(".score:visible, .value:visible").evaluate_all(
        "all => all.map(node => node.getBoundingClientRect().height / parseFloat(getComputedStyle(node).fontSize))"
    )
    assert max(heights) < 2.2
    for name in ("Feed", "Taste", "Boards", "Search", "Operator", "Quality"):
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(page.get_by_role("navigation").get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        expect(page.locator("#main h2").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        # Fingers need room: 24 pixels at least (WCAG 2.2, 2.5.8).
        small = page.locator("button:visible, nav a:visible").evaluate_all(
            "all => all.filter(node => node.getBoundingClientRect().height < 24).map(node => node.innerText)"
        )
        assert [text for text in small if text] == [], name


HOSTILE = {
    "item_id": 'x y" <b>',
    "title": "<img src=x onerror=alert(1)> " + "W" * 300,
    "tags": ["t" * 200, "<script>alert(1)</script>"],
    "creator_id": "c" * 300,
    "mood": {"<i>": "deep"},
}


def test_hostile_texts_are_texts_and_fit(
    database_url: str, db: psycopg.Connection[object], serve_also: Callable[..., Served], open_page: Callable[..., Page]
) -> None:
    db.execute("select jophiel.upsert_items(%s::jsonb)", (json.dumps([HOSTILE]),))
    db.execute("""select jophiel.upsert_users('[{"user_id": "ana maría+é&?#%"}]')""")
    db.execute("call jophiel.run_batch()")
    grant(database_url)
    user = quote("ana maría+é&?#%", safe="")
    page = open_page(f"{serve_also(database_url).address}/#/user/{user}", viewport={"width": 360, "height": 740})
    title = page.locator("#cards .title")
    expect(title).to_have_text(str(HOSTILE["title"]))
    title.click()
    expect(page.locator(".details")).to_contain_text("Together")
    page.locator('#cards [data-act="like"]').click()
    expect(page.locator("#toast")).to_contain_text("Liked")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("4")
    page.get_by_label("Search the catalogue").fill("onerror")
    page.keyboard.press("Enter")
    expect(page.locator(".tile")).to_contain_text("<script>alert(1)</script>")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"))


def test_all_of_it_without_a_mouse(feed_of: Callable[..., Page], sql: psycopg.Connection[object], site: Served) -> None:
    page = feed_of(12, reduced_motion="reduce")
    page.keyboard.press("Tab")
    assert focused(page) == "To the content"
    page.keyboard.press("Enter")
    # From the content the next stop is the first card: its title, then what can be done with it.
    page.keyboard.press("Tab")
    first = page.locator("#cards .card").first
    assert focused(page) == first.locator(".title").inner_text()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    stops = []
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(focused(page).split(":")[0].split(" ")[0])
    assert stops[0] in ("Follow", "Following")
    assert stops[1:] == ["Like", "Dislike", "Skip", "Save"]

    page.keyboard.press("j")
    second = page.locator("#cards .card").nth(1)
    expect(second.locator(".title")).to_be_focused()
    item = int(second.get_attribute("data-item") or 0)
    third = page.locator("#cards .card").nth(2).locator(".title").inner_text()
    page.keyboard.press("l")
    expect(page.locator(f'#cards [data-item="{item}"]')).to_have_count(0)
    # The focus goes on where the card was, and is not lost when the order changes.
    assert focused(page) == third
    expect(page.locator("#said")).to_contain_text("Liked")
    with site.client() as client:
        assert client.history(12, kind="like").interactions[0].item_id == item

    page.keyboard.press("b")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("l")  # within the dialog letters are letters
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("the next and the previous card")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator("[data-feature]").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Search the catalogue")).to_be_focused()
    page.keyboard.type("loop")
    page.keyboard.press("Enter")
    expect(page.locator(".tile").first).to_be_visible()
    page.locator("#user").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("13")
    page.keyboard.press("Enter")
    expect(page).to_have_title("User 13 · Jophiel")
    expect(page.locator("#cards .card")).to_have_count(20)


def test_it_is_small_and_strict(site: Served) -> None:
    sizes = {file.name: file.stat().st_size for file in FOLDER.iterdir()}
    assert sum(sizes.values()) < 150_000
    answer = httpx2.get(f"{site.address}/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = httpx2.get(f"{site.address}/", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name, size in sizes.items():
        served = httpx2.get(f"{site.address}/static/{name}")
        assert (served.status_code, len(served.content)) == (200, size)
        assert "http://" not in served.text.replace("http://www.w3.org/", "")
    for name in ("..%2Fpages.py", "nothing.js", "%2e%2e", "style.css%00"):
        assert httpx2.get(f"{site.address}/static/{name}").status_code in (404, 422)


def test_the_documentation_keeps_to_the_policy(site: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{site.address}/docs")
    expect(page.locator("details").first).to_be_attached()


def test_the_policy_holds(site: Served, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.address)
    # What somebody would try who got markup into the page.
    refused = page.evaluate(
        """() => {
          const found = [];
          const attempt = act => { try { act(); } catch (error) { found.push(error.name); } };
          const script = document.createElement('script');
          attempt(() => { script.text = 'window.broken = true'; });
          attempt(() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.broken = true">'));
          script.append('window.broken = true');
          attempt(() => document.body.append(script));
          return new Promise(done => setTimeout(() => done([window.broken ?? null, found]), 50));
        }"""
    )
    context.close()
    assert refused == [None, ["TypeError", "TypeError"]]


def test_items_are_remembered_up_to_a_number_and_keys_may_have_commas(
    site: Served, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{site.address}/#/")
    asked: list[list[str]] = []

    def answer(route: Route) -> None:
        keys = split_keys(parse_qs(urlsplit(route.request.url).query)["ids"][0])
        asked.append(keys)
        route.fulfill(json={"items": [{"item_id": key} for key in keys]})

    page.route("**/v1/items?*", answer)
    read = "async keys => (await (await import('/static/state.js')).readItems(keys)).map(item => item.item_id)"
    size = "async () => (await import('/static/state.js')).state.items.size"
    odd = ["song,b", "song\\", "a, b\\, c", "song,b"]
    assert page.evaluate(read, odd) == odd
    assert asked == [odd[:3]]
    for first in range(0, 2000, 100):
        page.evaluate(read, [f"item {number}" for number in range(first, first + 100)])
        # What is read again and again is not forgotten.
        page.evaluate(read, odd)
    assert page.evaluate(size) == 500
    assert len(asked) == 21
    # All of one reading are there, however many.
    many = [f"other {number}" for number in range(700)]
    assert page.evaluate(read, many) == many
    assert page.evaluate(size) == 700
