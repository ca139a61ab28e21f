"""query_text over HTTP, where a model makes vectors of texts."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from jophiel.api.settings import ApiSettings
from jophiel.embeddings.catalogue import embed_items
from jophiel.embeddings.endpoint import Endpoint
from jophiel.embeddings.wish import Wishes
from jophiel.settings import EmbeddingSettings
from tests.api.conftest import grant, running
from tests.embeddings.serving import serving

if TYPE_CHECKING:
    import psycopg

    from jophiel.client import Client


def test_the_wish_is_embedded_and_falls_back_to_its_words(db: psycopg.Connection[Any], database_url: str) -> None:
    grant(database_url)
    db.execute(
        "select count(*) from jophiel.upsert_items((select jsonb_agg(jsonb_build_object("
        "'item_id', n, 'title', case n % 2 when 0 then 'rain night n' else 'bread oven n' end || n)) "
        "from generate_series(1, 20) as n))"
    )
    db.execute("select count(*) from jophiel.upsert_users('[{\"user_id\": 1}]')")
    with serving() as provider:
        embed_items(db, Endpoint(provider.url, "counting"))
        db.execute("call jophiel.revectorise()")
        provider.requests.clear()
        wishes = Wishes(EmbeddingSettings(model="counting", url=provider.url))

        def kinds(client: Client, text: str, **more: Any) -> set[int]:
            feed = client.feed(1, query_text=text, query_weight=9, limit=8, reasons=True, **more)
            for item in feed.items:
                assert abs(sum(reason.contribution for reason in item.reasons or []) - item.score) < 1e-3
            return {int(item.item_id) % 2 for item in feed.items}

        with running(database_url, ApiSettings(stop_seconds=2), wishes=wishes) as served, served.client() as client:
            assert kinds(client, "Oven!") == {1}
            first = client.feed(1, query_text="night", limit=8)
            rest = client.feed(1, query_text="night", limit=20, cursor=first.next_cursor)
            assert len({item.item_id for item in [*first.items, *rest.items]}) == 20, "pages are of one feed"
            assert [body["input"] for _, _, body in provider.requests] == [["Oven!"], ["night"]], "once each"
            provider.queue(403)
            assert kinds(client, "rain") == {0}, "the words are left"


def test_an_endpoint_that_changed_its_vectors_leaves_the_words(db: psycopg.Connection[Any], database_url: str) -> None:
    grant(database_url)
    db.execute(
        "select count(*) from jophiel.upsert_items((select jsonb_agg(jsonb_build_object("
        "'item_id', n, 'title', 'oven' || n)) from generate_series(1, 5) as n))"
    )
    db.execute("select count(*) from jophiel.upsert_users('[{\"user_id\": 1}]')")
    with serving() as provider:
        embed_items(db, Endpoint(provider.url, "counting"))
        db.execute("call jophiel.revectorise()")
        provider.length = 20
        wishes = Wishes(EmbeddingSettings(model="counting", url=provider.url))
        with running(database_url, ApiSettings(stop_seconds=2), wishes=wishes) as served, served.client() as client:
            assert len(client.feed(1, query_text="oven3", query_weight=9).items) == 5


def test_a_slow_endpoint_holds_up_no_feed_and_no_stop(db: psycopg.Connection[Any], database_url: str) -> None:
    grant(database_url)
    db.execute('select count(*) from jophiel.upsert_items(\'[{"item_id": 1, "title": "oven"}]\')')
    db.execute("select count(*) from jophiel.upsert_users('[{\"user_id\": 1}]')")
    with serving() as provider:
        embed_items(db, Endpoint(provider.url, "counting"))
        db.execute("call jophiel.revectorise()")
        provider.requests.clear()
        provider.busy_seconds = 12
        wishes = Wishes(EmbeddingSettings(model="counting", url=provider.url, wish_seconds=0.5))
        started = time.monotonic()
        with running(database_url, ApiSettings(stop_seconds=2), wishes=wishes) as served:

            def ask(number: int) -> int:
                with served.client() as client:
                    return len(client.feed(1, query_text=f"oven {number}").items)

            with ThreadPoolExecutor(8) as pool:
                assert list(pool.map(ask, range(24))) == [1] * 24
        assert time.monotonic() - started < 10, "answered and stopped before the endpoint says anything"
        assert len(provider.requests) <= 2
