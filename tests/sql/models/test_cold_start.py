"""Users and items of which nothing is known yet."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, scalar, vector
from tests.sql.models.trained import activate, blocks, put_model

Connection = psycopg.Connection[Any]

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]


@pytest.fixture
def trained(db: Connection) -> Connection:
    """Items of the east and of the north by a model whose average user looks north-east, rather north."""
    world.furnish(db)
    world.put_items(db, [Item(n, vector()) for n in range(1, 5)])
    model = put_model(db, {1: (EAST, EAST), 2: (NORTH, NORTH), 3: (EAST, EAST), 4: (NORTH, NORTH)}, prior=[3.0, 4.0])
    activate(db, model)
    db.execute(
        "select jophiel.define_policy('default', "
        '\'{"similarity": 0, "novelty": 0, "following": 0, "cold_popularity": 0, "prior": 0.5}\')'
    )
    return db


def test_a_new_user_is_like_everybody_else(trained: Connection) -> None:
    trained.execute("select jophiel.upsert_users('[{\"user_id\": 1}]')")
    assert dict(world.recompute(trained, 1)) == {
        2: pytest.approx(0.8, abs=1e-3), 4: pytest.approx(0.8, abs=1e-3),
        1: pytest.approx(0.6, abs=1e-3), 3: pytest.approx(0.6, abs=1e-3),
    }  # fmt: skip
    trained.execute("update jophiel.scoring_policies set prior = 0")
    assert {score for _, score in world.recompute(trained, 1)} == {0}


def test_the_prior_fades(trained: Connection) -> None:
    """After one event: east + .5 * 5 / 6 * (.6, .8), of unit length."""
    trained.execute("select jophiel.record_interaction(1, 1, 'play', p_happened_at => %s)", (world.NOW,))
    east, north = 1 + 0.6 * 2.5 / 6, 0.8 * 2.5 / 6
    length = (east**2 + north**2) ** 0.5
    feed = dict(world.recompute(trained, 1))
    assert feed[3] == pytest.approx(east / length, abs=2e-3)
    assert feed[4] == pytest.approx(north / length, abs=2e-3)
    assert world.total(trained, 1, 4) == pytest.approx(feed[4], abs=1e-5)
    trained.execute("update jophiel.tastes set event_count = 1000000")
    assert dict(world.recompute(trained, 1))[3] == pytest.approx(1, abs=1e-3)


def test_an_item_that_a_model_does_not_know_is_put_by_its_content(db: Connection) -> None:
    """At activation and when it is vectorised; north = .1 + the first number of the content."""
    world.furnish(db)
    world.put_items(db, [Item(1, vector(1)), Item(2, vector(0.6, 0.8)), Item(3, vector())])
    model = put_model(db, {1: (EAST, EAST)})
    db.execute(
        "insert into jophiel.content_maps values (%(m)s, 0, 0, 0, '[0,0.5,0,0]'), (%(m)s, 1, 0, 0.125, '[1,0,0,0]')",
        {"m": model},
    )
    activate(db, model)
    found = blocks(db)
    assert found == {
        1: EAST,
        2: [pytest.approx(0.4, abs=1e-3), pytest.approx(0.725, abs=1e-3)],
        3: [0, 0],
    }, "a known one keeps its own, and of nothing nothing follows"
    assert blocks(db, "item_signals", "signal")[2] == [0, 0]
    db.execute('select jophiel.upsert_items(\'[{"item_id": 9, "tags": ["a"]}]\')')
    content = scalar(
        db, "select public.subvector(offer, 1, 4)::public.vector::real[] from jophiel.item_vectors where item_id = 9"
    )
    assert blocks(db)[9] == pytest.approx([0.5 * content[1], 0.125 + content[0]], abs=2e-3)
    db.execute("call jophiel.revectorise()")
    db.execute('select jophiel.upsert_items(\'[{"item_id": 10, "tags": ["a"]}]\')')
    assert blocks(db)[10] == [0, 0], "the map is of another version of the schema"


@pytest.fixture
def shelves(db: Connection) -> Connection:
    """Items 1 to 30, by how near they are to user 1's taste; people have acted on 1 to 20."""
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1 - n / 64), popularity=0.5 if n <= 20 else 0) for n in range(1, 31)])
    world.put_user(db, 1, vector(1))
    db.execute("select jophiel.define_policy('default', '{\"novelty\": 0}')")
    return db


def test_places_for_what_nobody_knows(shelves: Connection) -> None:
    shelves.execute("select jophiel.define_feed('main', '{\"size\": 10, \"cold_slots\": 2}')")
    feed = world.recompute(shelves, 1)
    assert world.ids(feed) == [1, 2, 3, 4, 21, 5, 6, 7, 8, 22], "the best two of 21 to 30, evenly spread"
    assert dict(feed)[21] == pytest.approx(1 - 21 / 64, abs=1e-3), "with the score that it has"
    assert world.total(shelves, 1, 21) == pytest.approx(dict(feed)[21], abs=1e-5)


def test_what_is_there_anyway_needs_no_place(shelves: Connection) -> None:
    shelves.execute("select jophiel.define_feed('main', '{\"size\": 25, \"cold_slots\": 3}')")
    assert world.ids(world.recompute(shelves, 1)) == list(range(1, 26))


def test_half_of_the_feed_at_most_and_nothing_hidden(shelves: Connection) -> None:
    shelves.execute("select jophiel.define_feed('main', '{\"size\": 4, \"cold_slots\": 100}')")
    world.act(shelves, 1, 21, "dislike")
    assert world.ids(world.recompute(shelves, 1)) == [1, 22, 2, 23]
    shelves.execute("delete from jophiel.item_vectors where item_id > 20")
    assert world.ids(world.recompute(shelves, 1)) == [1, 2, 3, 4]
    with pytest.raises(psycopg.DatabaseError) as caught:
        shelves.execute("select jophiel.define_feed('main', '{\"cold_slots\": 101}')")
    assert caught.value.sqlstate == "JO010"


def test_feeds_without_places_do_not_pay(shelves: Connection) -> None:
    """However often it is called: a plan that is kept must not rank twice either."""
    shelves.execute("set track_functions = 'all'")
    with shelves.transaction():
        for _ in range(12):
            shelves.execute("select jophiel._compute_feeds(array[1::bigint], 'main', jophiel._now())")
        calls = scalar(shelves, "select calls from pg_stat_xact_user_functions where funcname = '_rank_items'")
    assert calls == 12


def put(db: Connection, items: list[dict[str, Any]]) -> None:
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))


@pytest.fixture
def shop(db: Connection) -> Connection:
    """Four categories of ten items; 8 to 1 people like the first eight of each, and twice as many those of films.

    Half of the categories are domains, one is in the metadata, one is a tag; no text of an item says which.
    """
    db.execute("select set_config('jophiel.now', %s, false)", (world.NOW,))
    places: list[dict[str, Any]] = [
        {"domain": "films"},
        {"domain": "Jazz Club"},
        {"metadata": {"category": ["Cookery", 7]}},
        {"tags": ["Garden"]},
    ]
    put(
        db,
        [
            {
                "item_id": 100 * shelf + n,
                "title": f"Title {100 * shelf + n}",
                "created_at": "2020-01-01T00:00:00Z",
                **place,
            }
            for shelf, place in enumerate(places, start=1)
            for n in range(1, 11)
        ],
    )
    rows = [
        {"user_id": 1000 + person, "item_id": 100 * shelf + n, "type": "like", "ts": world.NOW}
        for shelf in (1, 2, 3, 4)
        for n in range(1, 9)
        for person in range((9 - n) * (2 if shelf == 1 else 1))
    ]
    db.execute("select count(*) from jophiel.record_interactions(%s)", (json.dumps(rows),))
    db.execute('select jophiel.set_features(\'[{"feature": "title", "kind": "text"}]\')')
    db.execute("call jophiel.run_batch()")
    return db


def tops(db: Connection, interests: list[str], count: int = 8) -> list[int]:
    db.execute("select count(*) from jophiel.upsert_users(%s)", (json.dumps([{"user_id": 1, "interests": interests}]),))
    return world.ids(world.recompute(db, 1))[:count]


def test_who_is_into_something_gets_what_is_popular_there(shop: Connection) -> None:
    everybody = tops(shop, [])
    assert everybody[:4] == [101, 102, 103, 104], "without interests what is popular of all, which is films"
    for shelf, interest in ((1, "films"), (2, "jazz club"), (3, "COOKERY"), (4, "garden")):
        assert tops(shop, [interest], 6) == [100 * shelf + n for n in range(1, 7)], interest
        feed = dict(world.feed(shop, 1))
        for item in (100 * shelf + 1, 100 * shelf + 8, 102):
            assert world.total(shop, 1, item) == pytest.approx(feed[item], abs=1e-5)
        reason = world.explanation(shop, 1, 100 * shelf + 1)["category"]
        assert (reason.weight, reason.value) == (0.3, 1)
    both = tops(shop, ["garden", "jazz club", "nothing of the kind"], 4)
    assert set(both) == {201, 202, 401, 402}
    assert tops(shop, ["nothing of the kind"]) == everybody
    assert "category" not in world.explanation(shop, 1, 101)


def test_it_fades_with_the_first_five_events(shop: Connection) -> None:
    tops(shop, ["garden"])
    weights: list[Any] = []
    for n in range(1, 6):
        shop.execute("select jophiel.record_interaction(1, %s, 'play', p_happened_at => %s)", (300 + n, world.NOW))
        weights.append(world.explanation(shop, 1, 401).get("category"))
    assert [round(row.weight, 2) for row in weights[:4]] == [0.24, 0.18, 0.12, 0.06]
    assert weights[4] is None


def test_on_request_without_popularity_there_is_none_by_category(shop: Connection) -> None:
    tops(shop, ["garden"])
    rows = shop.execute(
        'select item_id, reasons::text as reasons from jophiel.recommend(1, \'{"models": ["popularity"]}\')'
    )
    found = {row.item_id: row.reasons for row in rows}
    assert "category" in found[401]
    rows = shop.execute(
        'select reasons::text as reasons from jophiel.recommend(1, \'{"models": ["content", "novelty"]}\')'
    )
    assert all("category" not in row.reasons for row in rows)


def test_found_through_cells_and_once(shop: Connection) -> None:
    """Whatever the other sources of candidates bring; the same feed as by the exact scan."""
    shop.execute(
        "update jophiel.settings set value = '5' where name in ('exact_scan_items', 'probe_items', 'fresh_items')"
    )
    shop.execute("update jophiel.settings set value = '10' where name = 'popular_items'")
    shop.execute("select jophiel.build_cells(d) from unnest(array['default', 'films', 'Jazz Club']) as d")
    shop.execute("select jophiel.refresh_popularity()")
    shop.execute('select jophiel.upsert_users(\'[{"user_id": 1, "interests": ["garden", "cookery"]}]\')')
    shop.execute("select jophiel.record_interaction(1, 210, 'play', p_happened_at => %s)", (world.NOW,))

    def ranked(probe: int | None) -> list[int]:
        return list(
            scalar(
                shop,
                "select r.item_ids from jophiel.scoring_policies as p cross join lateral "
                "jophiel._rank_items(array[1::bigint], p, null, null, %s, 6, jophiel._now()) as r",
                probe,
            )
        )

    assert ranked(5) == ranked(None)
    long = list(
        scalar(
            shop,
            "select r.item_ids from jophiel.scoring_policies as p cross join lateral "
            "jophiel._rank_items(array[1::bigint], p, null, null, 5, 40, jophiel._now()) as r",
        )
    )
    assert len(long) == len(set(long))


def test_categories_are_counted_anew(shop: Connection) -> None:
    def categories() -> set[str]:
        return {row.category for row in shop.execute("select category from jophiel.category_popularity")}

    assert categories() == {"films", "jazz club", "default", "cookery", "garden"}
    garden = shop.execute(
        "select item_ids, shares from jophiel.category_popularity where category = 'garden'"
    ).fetchone()
    assert garden is not None
    assert garden.item_ids == list(range(401, 409))
    assert garden.shares[0] == 1
    assert sorted(garden.shares, reverse=True) == garden.shares
    shop.execute("select jophiel.delete_item(i) from generate_series(401, 408) as i")
    shop.execute("select set_config('jophiel.now', '2026-02-02', false)")
    shop.execute("select jophiel.refresh_popularity()")
    assert "garden" not in categories()
    assert tops(shop, ["garden"], 4) == [101, 102, 103, 104]


def test_who_is_not_cold_does_not_pay_for_categories(shop: Connection) -> None:
    """Nor who has no interests: favourites are looked up once for each of the others."""
    users = [{"user_id": n, "interests": ["garden"] if n <= 3 else []} for n in range(1, 7)]
    shop.execute("select count(*) from jophiel.upsert_users(%s)", (json.dumps(users),))
    for item in range(301, 306):
        shop.execute("select jophiel.record_interaction(1, %s, 'play', p_happened_at => %s)", (item, world.NOW))
    shop.execute("set track_functions = 'all'")
    with shop.transaction():
        shop.execute("select jophiel._compute_feeds(array[1, 2, 3, 4, 5, 6]::bigint[], 'main', jophiel._now())")
        calls = scalar(shop, "select calls from pg_stat_xact_user_functions where funcname = '_category_favourites'")
    assert calls == 2
