from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.client import ApiError
from tests.api.conftest import furnish

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from jophiel.client import Client
    from tests.api.conftest import Serve


def refused(call: Callable[[], object], status: int) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call()
    assert caught.value.status == status
    assert caught.value.problem is not None
    return caught.value


def test_users_are_created_changed_and_forgotten(api: Client) -> None:
    done = api.put_users([{"user_id": 5, "interests": ["piano"], "city": "Lima"}, {"user_id": "bea"}])
    assert [(row.user_id, row.outcome) for row in done.results] == [(5, "created"), ("bea", "created")]
    user = api.user(5)
    assert (user.interests, user.profile, user.time_zone) == (["piano"], {"city": "Lima"}, "UTC")
    assert api.put_user(5, time_zone="Europe/Madrid", user_id=6).results[0].outcome == "updated"
    assert api.user(5).time_zone == "Europe/Madrid"
    refused(lambda: api.user(6), 404)
    refused(lambda: api.put_user(5, time_zone="Mars/Phobos"), 422)
    error = refused(lambda: api.put_users([{"user_id": 8}, {"user_id": 9, "interests": "piano"}]), 422)
    assert error.problem is not None
    assert "1.interests" in [fault["field"] for fault in error.problem.errors or []]
    refused(lambda: api.user(8), 404)
    api.delete_user("bea")
    refused(lambda: api.user("bea"), 404)
    refused(lambda: api.delete_user("bea"), 404)


def test_items_are_created_listed_replaced_and_deleted(api: Client) -> None:
    done = api.put_items([{"item_id": 20, "title": "Film", "domain": "films", "tags": ["noir"], "year": 1946}])
    assert done.results[0].outcome == "created"
    item = api.item(20)
    assert (item.domain, item.metadata, item.tags) == ("films", {"year": 1946}, ["noir"])
    assert [found.item_id for found in api.items(domain="films").items] == [20]
    assert [found.item_id for found in api.items(tag="noir").items] == [20]
    assert api.put_item(20, title="Film noir").results[0].outcome == "updated"
    assert (api.item(20).domain, api.item(20).tags) == ("default", [])
    refused(lambda: api.put_item(20, tags="noir"), 422)
    refused(lambda: api.put_item(20, title="a\x00b"), 422)
    refused(lambda: api.put_item(20, metadata={"deep": {"zero": "a\x00b"}}), 422)
    api.delete_item(20)
    refused(lambda: api.item(20), 404)
    refused(lambda: api.delete_item(20), 404)
    found, cursor = [], None
    while True:
        page = api.items(limit=1, cursor=cursor)
        found += [item.item_id for item in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert found == ["song/a", *range(1, 11)]


def test_interactions_are_recorded_once_and_counted(api: Client) -> None:
    event = str(uuid.uuid4())
    assert api.record(1, 4, "like", event_id=event).results[0].outcome == "applied"
    assert api.record(1, 4, "like", event_id=event).results[0].outcome == "duplicate"
    api.record("ana", "song/a", "play", details={"duration_seconds": 12}, ts="2026-01-01T10:00:00Z")
    history = api.history("ana")
    assert [(row.item_id, row.type, row.details) for row in history.interactions] == [
        ("song/a", "play", {"duration_seconds": 12})
    ]
    assert history.interactions[0].happened_at.isoformat() == "2026-01-01T10:00:00+00:00"
    totals = api.totals(1)
    assert (totals.total, totals.types["like"].items) == (2, 2)
    api.recompute(1)
    assert 4 not in api.feed_page(1).sample_ids


def test_bulk_is_all_or_nothing_and_reports_every_bad_row(api: Client) -> None:
    rows: list[dict[str, object]] = [
        {"user_id": 1, "item_id": 6},
        {"user_id": 1, "item_id": 6, "type": "adore"},
        {"user_id": None, "item_id": 6},
        {"user_id": 1, "item_id": 8},
        {"user_id": 1, "item_id": 6, "weight": 1000},
    ]
    error = refused(lambda: api.record_many(rows), 422)
    assert error.problem is not None
    assert [(fault["row"], fault["code"]) for fault in error.problem.errors or []] == [
        (2, "JO007"),
        (3, "JO010"),
        (5, "JO012"),
    ]
    assert "adore" in (error.problem.errors or [])[0]["reason"]
    assert api.totals(1).total == 1
    done = api.record_many([rows[0], rows[3]])
    assert [(row.row, row.outcome) for row in done.results] == [(1, "applied"), (2, "applied")]
    refused(lambda: api.record_many([]), 422)


def test_the_history_is_paged_by_cursor(api: Client) -> None:
    api.record_many([{"user_id": 1, "item_id": n, "type": "view", "ts": 1_700_000_000 + n % 2} for n in range(1, 8)])
    found, cursor = [], None
    while True:
        page = api.history(1, kind="view", limit=2, cursor=cursor)
        found += [row.event_id for row in page.interactions]
        if (cursor := page.next_cursor) is None:
            break
    assert len(found) == len(set(found)) == 7
    assert found == [row.event_id for row in api.history(1, kind="view").interactions]


def test_feedback_is_a_like_a_dislike_or_a_view(api: Client) -> None:
    api.feedback(1, 3, "negative")
    api.feedback(1, 4, "positive")
    api.feedback(1, 5, "neutral", duration_seconds=3.5)
    kinds = {row.item_id: (row.type, row.details) for row in api.history(1).interactions}
    assert kinds[3] == ("dislike", None)
    assert kinds[4] == ("like", None)
    assert kinds[5] == ("view", {"duration_seconds": 3.5})
    refused(lambda: api.feedback(1, 3, "meh"), 422)  # type: ignore[arg-type]


def test_follows_and_boards(api: Client) -> None:
    assert api.follow(1, 100).applied
    assert api.user(1).follows == [100]
    assert api.unfollow(1, 100).applied
    assert api.user(1).follows == []
    assert api.put_board(1, "calm", "Calm things").outcome == "created"
    assert api.add_to_board(1, "calm", 2).applied
    assert api.add_to_board(1, "calm", 4).applied
    assert api.remove_from_board(1, "calm", 4).applied
    board = api.boards(1).boards[0]
    assert (board.board_id, board.title, board.item_ids) == ("calm", "Calm things", [2])
    ideas = api.board_ideas("calm")
    assert ideas.items[0].item_id in (4, 6, 8, 10)
    assert 2 not in [item.item_id for item in ideas.items]


def test_explain_rerank_and_similar(api: Client) -> None:
    explained = api.explain(1, 4)
    assert sum(reason.contribution for reason in explained.reasons) == pytest.approx(explained.score)
    ranked = api.rerank(1, [3, 4, 5, "song/b"])
    assert ranked.items[0].item_id == 4
    assert ranked.unknown == ["song/b"]
    diverse = api.rerank(1, [3, 4, 5, 6], diversity=1)
    assert {item.item_id for item in diverse.items} == {3, 4, 5, 6}
    assert diverse.items[1].item_id in (3, 5)
    refused(lambda: api.rerank(1, [3], policy="none"), 422)
    assert {item.item_id for item in api.similar(2, limit=4).items} == {4, 6, 8, 10}


def test_feed_definitions(api: Client) -> None:
    api.define_feed("calm", filter={"tags": ["ambient"]}, size=3)
    feeds = {feed.feed: feed for feed in api.feeds().feeds}
    assert (feeds["calm"].size, feeds["calm"].filter) == (3, {"tags": ["ambient"]})
    assert api.recompute(1, "calm").items == 3
    assert len(api.feed(1, "calm").items) == 3
    refused(lambda: api.define_feed("calm", filter={"colour": "red"}), 422)
    refused(lambda: api.define_feed("calm", policy="none"), 422)
    refused(lambda: api.define_feed("calm", sise=3), 422)
    refused(lambda: api.define_feed("calm", max_age="soon"), 422)


def test_an_operator_sees_and_clears_caches_and_runs_a_batch(api: Client, db: psycopg.Connection[Any]) -> None:
    api.similar(2)
    assert [(cache.kind, cache.answers) for cache in api.caches().caches] == [("similar", 1)]
    assert api.clear_caches("ideas").cleared == 0
    assert api.clear_caches().cleared == 1
    assert api.batch().state == "idle"
    db.execute("select jophiel.upsert_users('[{\"user_id\": 50}]')")
    assert api.start_batch().state == "running"
    deadline = time.monotonic() + 60
    while (run := api.batch()).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (run.state, run.error) == ("done", None)
    assert run.done["feeds"] >= 1
    assert api.status().pending["feeds"] == 0
    assert api.status().users == 3
    assert isinstance(api.timings().stages, list)


def test_metrics_tell_of_requests_and_of_the_engine(api: Client) -> None:
    api.feed_page(1)
    refused(lambda: api.feed_page(77), 404)
    refused(lambda: api.request("GET", "/nowhere"), 404)
    text = api.request("GET", "/metrics").text
    assert 'jophiel_http_requests_total{method="GET",route="/v1/feed/{user_id}",status="200"} 1.0' in text
    assert 'jophiel_http_requests_total{method="GET",route="/v1/feed/{user_id}",status="404"} 1.0' in text
    assert 'jophiel_http_request_seconds_bucket{le="0.001",method="GET",route="/v1/feed/{user_id}"}' in text
    assert "jophiel_database_up 1.0" in text
    assert 'jophiel_pending{stage="feeds"}' in text
    assert 'jophiel_feed_age_seconds{statistic="max"}' in text
    assert "/nowhere" not in text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"[]", "application/json", 422),
        (b'{"user_id": 1}', "application/json", 422),
        (b'{"user_id": 1, "item_id": 2, "extra": 1}', "application/json", 422),
        (b'{"user_id": true, "item_id": 2}', "application/json", 422),
        (b'{"user_id": 1.5, "item_id": 2}', "application/json", 422),
        (b'{"user_id": 1e400, "item_id": 2}', "application/json", 422),
        (b'{"user_id": 1, "item_id": "\\u0000"}', "application/json", 422),
        (b'{"user_id": 1, "item_id": "\\ud800"}', "application/json", 400),
        (b'{"user_id": 1, "item_id": 2, "weight": NaN}', "application/json", 422),
        (b'{"user_id": 1, "item_id": 2, "details": {"n": 1e999999}}', "application/json", 422),
        (
            b'{"user_id": 1, "item_id": 2, "details": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
            "application/json",
            400,
        ),
        (b'{"user_id": 1, "item_id": 2, "ts": "yesterday"}', "application/json", 422),
        (b'{"user_id": 1, "item_id": 2, "ts": 1e300}', "application/json", 422),
    ],
)
def test_a_bad_body_is_refused_in_the_right_way(api: Client, content: bytes, kind: str, status: int) -> None:
    answer = api._http.post("/v1/interactions", content=content, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert json.loads(answer.content)["status"] == status
    assert api.totals(1).total == 1


def test_a_body_that_is_too_large_is_refused_at_once(api: Client) -> None:
    address = str(api._http.base_url).rstrip("/")
    large = b'[{"item_id": 1, "title": "' + b"x" * 5_000_000 + b'"}]'
    answer = httpx2.post(f"{address}/v1/items", content=large, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_what_the_server_rolled_back_is_repeated(api: Client, db: psycopg.Connection[Any]) -> None:
    """As where the user of an event is being deleted while it waits (docs/architecture.md, 40001)."""
    for state, refusals, expected in (("40001", 2, None), ("40P01", 3, None), ("40001", 9, 503), ("55P03", 1, 503)):
        db.execute("drop sequence if exists public.calls")
        db.execute("create sequence public.calls; grant usage on sequence public.calls to public")
        db.execute(
            f"""create or replace function jophiel.api_clear_cache(p_kind text) returns text language plpgsql as $$
                begin
                  if nextval('public.calls') <= {refusals} then
                    raise exception 'again' using errcode = '{state}';
                  end if;
                  return '{{"cleared": 7}}';
                end $$"""
        )
        if expected is None:
            assert api.clear_caches().cleared == 7
        else:
            refused(api.clear_caches, expected)


def test_the_chunks_of_the_batch_are_counted_once(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve()

    def counted() -> float:
        # The engine is asked at most every ten seconds; this asks again at once.
        served.app.state.services.metrics._asked_at = float("-inf")
        with served.client() as client:
            text = client.request("GET", "/metrics").text
        found = [line for line in text.splitlines() if line.startswith("jophiel_batch_chunk_seconds_count")]
        return sum(float(line.rsplit(" ", 1)[1]) for line in found)

    db.execute("select jophiel.record_timing(gen_random_uuid(), 'feeds', 500, 500, 0.2, 0.2)")
    assert counted() == 0
    for seconds in (0.002, 0.3):
        db.execute("select jophiel.record_timing(gen_random_uuid(), 'feeds', 500, 500, %s, 9)", (seconds,))
    assert [counted(), counted()] == [2, 2]
    db.execute("select jophiel.record_timing(gen_random_uuid(), 'taste', 500, 500, 0.2, 0.2)")
    assert counted() == 3


def test_without_a_broker_its_state_is_unknown(api: Client) -> None:
    broker = api.broker()
    assert (broker.answers, broker.queue, broker.dead_letters) == (False, None, None)
    assert broker.reason == "no broker is configured (JOPHIEL_AMQP_URL)"
    assert "jophiel_broker_up 0.0" in api.request("GET", "/metrics").text
