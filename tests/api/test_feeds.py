from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.client import ApiError, Client

if TYPE_CHECKING:
    import psycopg

    from jophiel.api.models import Feed
    from tests.api.conftest import Serve


def refused(caught: pytest.ExceptionInfo[ApiError]) -> tuple[int, str | None]:
    problem = caught.value.problem
    assert problem is not None
    assert problem.status == caught.value.status
    assert problem.type.startswith("urn:jophiel:problem:")
    return caught.value.status, problem.code


def address_of(api: Client) -> str:
    return str(api._http.base_url).rstrip("/")


def test_a_page_has_the_shape_that_the_audio_platform_reads(api: Client, db: psycopg.Connection[Any]) -> None:
    raw = api.request("GET", "/v1/feed/1", query={"per_page": 4, "page": 2}).json()
    assert list(raw) == ["user_id", "generated_at", "sample_ids", "pagination"]
    assert list(raw["pagination"]) == [
        "current_page",
        "per_page",
        "total",
        "last_page",
        "next_page_url",
        "prev_page_url",
    ]
    expected = [row.item_id for row in db.execute("select item_id from jophiel.get_feed(1, p_limit => 100)").fetchall()]
    assert raw["user_id"] == 1
    assert len(expected) == 10
    assert raw["sample_ids"] == [key if key >= 0 else "song/a" for key in expected[4:8]]
    assert raw["pagination"] == {
        "current_page": 2,
        "per_page": 4,
        "total": 10,
        "last_page": 3,
        "next_page_url": "/v1/feed/1?page=3&per_page=4",
        "prev_page_url": "/v1/feed/1?page=1&per_page=4",
    }


def test_the_pages_make_up_the_feed_and_the_addresses_lead_through_it(api: Client) -> None:
    whole = api.feed_page(1, per_page=100)
    assert whole.pagination.next_page_url is None
    assert whole.pagination.prev_page_url is None
    found: list[int | str] = []
    address: str | None = "/v1/feed/1?per_page=3"
    while address:
        page = api.request("GET", address).json()
        found += page["sample_ids"]
        address = page["pagination"]["next_page_url"]
    assert found == whole.sample_ids
    beyond = api.feed_page(1, page=50)
    assert (beyond.sample_ids, beyond.pagination.prev_page_url) == ([], "/v1/feed/1?page=1&per_page=20")


def test_points_are_the_scores_of_the_feed(api: Client, db: psycopg.Connection[Any]) -> None:
    page = api.feed_points(1, per_page=100)
    rows = db.execute("select item_id, score from jophiel.get_feed(1, p_limit => 100) order by rank").fetchall()
    assert [sample.score for sample in page.samples] == pytest.approx([row.score for row in rows])
    assert [sample.sample_id for sample in page.samples] == api.feed_page(1, per_page=100).sample_ids


@pytest.mark.parametrize(
    "change",
    [
        "update jophiel.tastes set version = version + 1",
        "insert into jophiel.feed_marks select user_id, feed, now() from jophiel.feeds",
        "select jophiel.delete_item(4)",
        "delete from jophiel.feeds",
        "select jophiel.record_interaction(1, 4, 'like')",
    ],
)
def test_a_feed_that_is_not_as_it_is_stored_is_what_get_feed_says(
    api: Client, db: psycopg.Connection[Any], change: str
) -> None:
    db.execute(change.encode())
    rows = db.execute("select item_id from jophiel.get_feed(1, p_limit => 100) order by rank").fetchall()
    ids = api.feed_page(1, per_page=100).sample_ids
    assert ids == [row.item_id if row.item_id >= 0 else "song/a" for row in rows]


def test_a_text_key_is_answered_as_a_text(api: Client) -> None:
    page = api.feed_page("ana", per_page=100)
    assert page.user_id == "ana"
    assert "song/a" in page.sample_ids


PROBLEMS: list[tuple[str, int, str | None]] = [
    ("/v1/feed/77", 404, None),
    ("/v1/feed/nobody", 404, None),
    ("/v1/feed/points/77", 404, None),
    ("/v1/taste/77", 404, None),
    ("/v1/search?q=rain&user_id=77", 404, None),
    ("/v1/users/1/feeds/none", 404, None),
    ("/v1/users/1/explain/77", 404, None),
    ("/v1/items/77/similar", 404, None),
    ("/v1/boards/77/ideas", 404, None),
    ("/v1/feed/1?per_page=0", 422, "per_page"),
    ("/v1/feed/1?per_page=101", 422, "per_page"),
    ("/v1/feed/1?per_page=ten", 422, "per_page"),
    ("/v1/feed/1?page=0", 422, "page"),
    ("/v1/feed/1?page=99999999999999999999", 422, "page"),
    ("/v1/feed/%00", 422, "user_id"),
    ("/v1/feed/%20", 422, "user_id"),
    (f"/v1/feed/{'x' * 501}", 422, "user_id"),
    ("/v1/search", 422, "q"),
    ("/v1/search?q=%00", 422, "q"),
    ("/v1/search?q=%22%22", 422, None),
    ("/v1/users/1/feeds/main?cursor=1", 422, "cursor"),
    ("/v1/users/1/feeds/main?cf_weight=1.5", 422, "cf_weight"),
    ("/v1/users/1/feeds/main?cf_weight=nan", 422, "cf_weight"),
    ("/v1/users/1/feeds/main?cf_weight=", 422, "cf_weight"),
    ("/v1/users/1/feeds/main?models=", 422, "models"),
    ("/v1/users/1/feeds/main?models=content,", 422, "models"),
    ("/v1/users/1/feeds/main?models=knn", 422, "models"),
    ("/v1/users/1/feeds/main?weights=novelty", 422, "weights"),
    ("/v1/users/1/feeds/main?weights=penalty:1", 422, "weights"),
    ("/v1/users/1/feeds/main?weights=novelty:101", 422, None),
    ("/v1/users/1/feeds/main?policy=none", 422, None),
    ("/v1/users/1/feeds/main?query_text=", 422, "query_text"),
    ("/v1/users/1/feeds/main?query_text=%20", 422, None),
    ("/v1/users/1/feeds/main?query_text=%00", 422, "query_text"),
    ("/v1/users/1/feeds/main?query_text=a&query_weight=-1", 422, "query_weight"),
    ("/v1/users/1/feeds/main?query_text=a&query_weight=nan", 422, "query_weight"),
    ("/v1/users/1/feeds/main?query_weight=1", 422, None),
    ("/v1/users/1/feeds/main?models=content&cf_weight=1", 422, None),
    ("/v1/users/1/interactions?cursor=-99999999999999999.00000000-0000-0000-0000-000000000000", 422, "cursor"),
    ("/v1/samples/ids?after=99999999999999999999", 422, "after"),
    ("/v1/samples/ids?after=9999999999999999999", 422, None),
    ("/nowhere", 404, None),
    ("/v1/feed/1/", 404, None),
]


def test_what_cannot_be_answered_is_a_problem(api: Client) -> None:
    for path, status, field in PROBLEMS:
        with pytest.raises(ApiError) as caught:
            api.request("GET", path)
        assert refused(caught)[0] == status, path
        problem = caught.value.problem
        assert problem is not None
        if field:
            assert field in [fault["field"] for fault in problem.errors or []], path


def test_a_problem_is_a_document_of_rfc_9457(api: Client) -> None:
    answer = httpx2.get(f"{address_of(api)}/v1/feed/77", headers={"x-request-id": "mine.1"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "mine.1"
    body = answer.json()
    assert body["instance"] == "urn:jophiel:request:mine.1"
    assert (body["status"], body["code"], body["type"]) == (404, "JO002", "urn:jophiel:problem:not-found")
    forged = httpx2.get(f"{address_of(api)}/v1/feed/77", headers={"x-request-id": "a b"})
    assert forged.headers["x-request-id"] != "a b"


def test_a_method_that_is_not_there_is_405_and_options_says_which_are(api: Client) -> None:
    with pytest.raises(ApiError) as caught:
        api.request("DELETE", "/v1/feed/1")
    assert refused(caught)[0] == 405
    assert api.request("OPTIONS", "/v1/feed/1").headers["allow"] == "GET, HEAD, OPTIONS"
    head = api.request("HEAD", "/v1/feed/1")
    assert (head.content, int(head.headers["content-length"]) > 100) == (b"", True)


def test_an_etag_saves_the_page_until_it_changes(api: Client, db: psycopg.Connection[Any]) -> None:
    first = api.feed_page_if_changed(1, None)
    assert first.page is not None
    assert api.feed_page_if_changed(1, first.etag).page is None
    answer = api.request("GET", "/v1/feed/1", headers={"if-none-match": f'"other", {first.etag}'})
    assert (answer.status_code, answer.content) == (304, b"")
    db.execute("select jophiel.record_interaction(1, 4, 'like'), jophiel.recompute_feed(1)")
    changed = api.feed_page_if_changed(1, first.etag)
    assert changed.page is not None
    assert 4 not in changed.page.sample_ids


def test_large_answers_are_compressed_for_who_takes_it(api: Client) -> None:
    address = f"{address_of(api)}/v1/items?limit=10"
    plain = httpx2.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with httpx2.stream("GET", address, headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert "gzip" not in httpx2.get(address, headers={"accept-encoding": "gzip;q=0"}).headers.get(
        "content-encoding", ""
    )


def test_a_feed_by_cursor_leaves_out_and_explains(api: Client, db: psycopg.Connection[Any]) -> None:
    whole = api.feed(1, limit=100)
    some = api.feed(1, limit=3, exclude=[whole.items[1].item_id], reasons=True)
    assert [item.rank for item in some.items] == [1, 3, 4]
    for item in some.items:
        assert item.reasons is not None
        assert sum(reason.contribution for reason in item.reasons) == pytest.approx(item.score, abs=1e-6)
    rest = api.feed(1, limit=100, cursor=some.next_cursor)
    assert [item.rank for item in rest.items] == [5, 6, 7, 8, 9, 10]
    assert rest.next_cursor is None
    db.execute("select jophiel.record_interaction(1, 4, 'like'), jophiel.recompute_feed(1)")
    with pytest.raises(ApiError) as caught:
        api.feed(1, cursor=some.next_cursor)
    assert refused(caught) == (410, "JO020")


def test_a_taste_in_words(api: Client, db: psycopg.Connection[Any]) -> None:
    taste = api.taste(1)
    assert taste.terms["tags"] == {"ambient": 0.5, "piano": 0.5}
    assert taste.numeric == {}
    db.execute(
        "insert into jophiel.features (feature, kind, source, min_value, max_value) "
        "values ('bpm', 'number', 'bpm', 60, 200)"
    )
    db.execute("select jophiel.upsert_item(2, 'Night', array['ambient'], '{\"bpm\": 108}')")
    db.execute("call jophiel.revectorise()")
    raw = api.request("GET", "/v1/taste/1").json()
    assert raw["bpm_preference"] == 108
    assert api.request("GET", "/v1/taste/ana").json()["bpm_preference"] is None


def test_a_search_is_in_the_shape_of_a_feed(api: Client) -> None:
    page = api.search("rain", user=1, per_page=2)
    assert (page.user_id, page.pagination.total, page.pagination.last_page) == (1, 5, 3)
    assert page.pagination.next_page_url == "/v1/search?q=rain&user_id=1&page=2&per_page=2"
    assert api.search("rain").user_id is None
    assert api.search("nothing-of-this").sample_ids == []
    odd = api.search("rain & =?", per_page=1)
    assert odd.pagination.next_page_url == "/v1/search?q=rain%20%26%20%3D%3F&page=2&per_page=1"


@pytest.mark.parametrize("kind", ["samples", "users", "interactions/likes", "interactions/follows"])
def test_lists_and_their_checksums(api: Client, db: psycopg.Connection[Any], kind: Any) -> None:
    empty = api.checksum("interactions/follows")
    assert (empty.checksum, empty.count) == (None, 0)
    db.execute("select jophiel.delete_item(jophiel.key_id('song/a')), jophiel.delete_user('ana')")
    db.execute("select jophiel.follow(1, c) from unnest(array[100, 101]) as c")
    ids = list(api.ids(kind, limit=2))
    assert (
        ids
        == {
            "samples": list(range(1, 11)),
            "users": [1],
            "interactions/likes": ["1-2"],
            "interactions/follows": ["1-100", "1-101"],
        }[kind]
    )
    data = api.checksum(kind)
    assert data.count == len(ids)
    assert data.checksum == hashlib.sha256(",".join(str(key) for key in ids).encode()).hexdigest()
    assert api.request("GET", f"/v1/{kind}/checksum").json() == {
        "success": True,
        "data": {"checksum": data.checksum, "count": data.count},
    }


def test_many_requests_at_once_get_each_their_own(serve: Serve, db: psycopg.Connection[Any]) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    db.execute(
        "select jophiel.upsert_users(jsonb_agg(jsonb_build_object('user_id', n))) from generate_series(1, 200) as n"
    )
    db.execute("select jophiel.upsert_item(1, 'one')")
    db.execute("select jophiel.recompute_feeds(array(select user_id from jophiel.users where user_id % 3 > 0))")
    served = serve()

    numbers = list(range(1, 241)) * 2
    with served.client() as client, ThreadPoolExecutor(16) as pool:

        def read(number: int) -> tuple[int, Any]:
            answer = client._http.get(f"/v1/feed/{number}")
            return answer.status_code, answer.json().get("user_id")

        answers = list(pool.map(read, numbers))
    assert answers == [(200, n) if n <= 200 else (404, None) for n in numbers]


def test_cors_is_for_the_origins_that_are_configured(serve: Serve) -> None:
    from jophiel.api.settings import ApiSettings  # noqa: PLC0415

    address = serve(ApiSettings(cors_origins=("https://app.example",))).address
    allowed = httpx2.get(f"{address}/health/live", headers={"origin": "https://app.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    other = httpx2.get(f"{address}/health/live", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    preflight = httpx2.options(
        f"{address}/v1/feed/1",
        headers={"origin": "https://app.example", "access-control-request-method": "GET"},
    )
    assert preflight.status_code == 200


def test_the_document_and_its_page_need_nothing_from_outside(api: Client) -> None:
    document = api.request("GET", "/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert "/v1/feed/{user_id}" in document["paths"]
    page = api.request("GET", "/docs").text
    assert "http://" not in page
    assert "https://" not in page
    assert json.dumps(document).count("$defs") == 0


def test_weights_of_the_request_s_own(api: Client, db: psycopg.Connection[Any]) -> None:
    def expected(options: dict[str, Any]) -> list[tuple[int | str, Any]]:
        rows = db.execute("select item_id, score from jophiel.recommend(1, %s)", (json.dumps(options),)).fetchall()
        return [(row.item_id if row.item_id >= 0 else "song/a", pytest.approx(row.score, abs=1e-3)) for row in rows]

    def found(feed: Feed) -> list[tuple[int | str, float]]:
        return [(item.item_id, item.score) for item in feed.items]

    before = db.execute("select generation, item_ids from jophiel.feeds order by user_id").fetchall()
    plain = found(api.feed(1))
    wish = {"query_text": "Song & rain", "query_weight": 2}
    assert found(api.feed(1, query_text="Song & rain", query_weight=2)) == expected(wish)
    reasons = api.feed(1, query_text="xyzzy", reasons=True).items[0].reasons or []
    assert [reason.contribution for reason in reasons if reason.component == "query"] == [0]
    popular = found(api.feed(1, models=["popularity", "novelty"], cf_weight=0.3))
    assert popular == expected({"models": ["popularity", "novelty"], "cf_weight": 0.3})
    assert popular != plain
    assert found(api.feed(1, weights={"similarity": 3})) == expected({"weights": {"similarity": 3}})
    assert found(api.feed(1, cf_weight=1, policy="default")) == expected({"cf_weight": 1, "policy": "default"})

    first = api.feed(1, limit=4, cf_weight=0.3, reasons=True, exclude=[4])
    rest = api.feed(1, limit=10, cf_weight=0.3, cursor=first.next_cursor, exclude=[4])
    assert found(first) + found(rest) == [pair for pair in expected({"cf_weight": 0.3}) if pair[0] != 4]
    for item in first.items:
        assert item.reasons is not None
        assert sum(reason.contribution for reason in item.reasons) == pytest.approx(item.score, abs=1e-4)
    with pytest.raises(ApiError) as caught:
        api.feed(1, cf_weight=0.9, models=["novelty"], cursor=first.next_cursor)
    assert refused(caught) == (410, "JO020")
    assert db.execute("select generation, item_ids from jophiel.feeds order by user_id").fetchall() == before


def test_why_items_are_alike(api: Client) -> None:
    assert {item.reasons for item in api.similar(2).items} == {None}
    found = api.similar(2, reasons=True).items
    assert found
    for item in found:
        assert item.reasons is not None
        assert {reason.component for reason in item.reasons} == {"similarity", "collaborative", "neighbours"}
        assert sum(reason.contribution for reason in item.reasons) == pytest.approx(item.score, abs=1e-4)
