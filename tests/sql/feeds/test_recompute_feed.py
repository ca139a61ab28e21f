from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, ids, recompute, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def catalogue(db: Connection) -> Connection:
    """Sixty items with tags; user 1 has liked guitars, 2 is interested in them, 3 is unknown to us but for a name."""
    world.catalogue(db)
    users = [{"user_id": 1}, {"user_id": 2, "interests": ["Guitar"]}, {"user_id": 3}, {"user_id": "ana"}]
    db.execute("select count(*) from jophiel.upsert_users(%s)", (json.dumps(users),))
    for item in (4, 8, 12, 16, 20):
        db.execute("select count(*) from jophiel.record_interaction(1, %s, 'like')", (item,))
    return db


def guitars(feed: list[tuple[int, float]]) -> list[bool]:
    return [item % 4 == 0 for item in ids(feed)]


def test_a_taste_comes_first_and_what_was_liked_never(catalogue: Connection) -> None:
    feed = recompute(catalogue, 1)

    assert len(feed) == 55
    assert not {4, 8, 12, 16, 20} & set(ids(feed))
    assert all(guitars(feed)[:10])


def test_how_many_items_it_has(catalogue: Connection) -> None:
    assert world.scalar(catalogue, "select jophiel.recompute_feed(1)") == 55
    assert world.scalar(catalogue, "select jophiel.recompute_feed('ana')") == 60
    assert world.scalar(catalogue, "select jophiel.recompute_feeds('{1, 2, 99}')") == 2
    assert world.scalar(catalogue, "select jophiel.recompute_feeds('{}')") == 0


def test_nobody_knows_a_new_user_who_gets_what_is_new_and_popular(catalogue: Connection) -> None:
    assert ids(recompute(catalogue, 3)) == list(range(1, 61))
    catalogue.execute("select jophiel.refresh_popularity()")

    assert set(ids(recompute(catalogue, 3))[:5]) == {4, 8, 12, 16, 20}


def test_interests_come_first_and_give_way(catalogue: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-03-01T00:00:00Z")  # novelty is gone
    pianos = [n for n in range(1, 61) if n % 4 == 1]

    assert all(guitars(recompute(catalogue, 2))[:15])
    assert not any(guitars(recompute(catalogue, 2))[15:])
    differs = []
    for item in pianos[:6]:
        catalogue.execute("select count(*) from jophiel.record_interaction(2, %s, 'share')", (item,))
        with_interests = recompute(catalogue, 2)
        with catalogue.transaction(force_rollback=True):
            catalogue.execute("update jophiel.users set interests = '{}' where user_id = 2")
            differs.append(recompute(catalogue, 2) != with_interests)

    # At five events nothing of the interests remains.
    assert differs == [True, True, True, True, False, False]
    assert set(ids(with_interests)[:5]) <= set(pianos)


def test_interests_nobody_has_heard_of(catalogue: Connection) -> None:
    catalogue.execute("update jophiel.users set interests = '{zither, \"\"}' where user_id = 3")

    assert ids(recompute(catalogue, 3)) == list(range(1, 61))


def test_a_cold_user_who_follows(catalogue: Connection) -> None:
    catalogue.execute("select jophiel.follow(3, 104)")

    followed = [n for n in range(1, 61) if 101 + n % 7 == 104]
    assert set(ids(recompute(catalogue, 3))[: len(followed)]) == set(followed)


def test_what_was_disliked_sinks_with_its_likes(db: Connection) -> None:
    world.furnish(db)
    world.put_items(db, [Item(1, vector(1)), Item(2, vector(0, 1)), Item(3, vector(-1))])
    world.put_user(db, 1, vector(-1))

    assert recompute(db, 1) == [(3, 1.0), (2, 0.0), (1, -1.0)]


def test_likes_and_dislikes_that_cancel_out_are_no_direction(db: Connection) -> None:
    world.furnish(db)
    world.put_items(db, [Item(1, vector(1)), Item(2, vector(0, 1))])
    world.put_user(db, 1, vector(1e-9, 1e-12))

    assert recompute(db, 1) == [(1, 0.0), (2, 0.0)]


def test_ties_break_by_id(db: Connection) -> None:
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1)) for n in (5, -3, 40, 2)])
    world.put_user(db, 1, vector(1))

    assert ids(recompute(db, 1)) == [-3, 2, 5, 40]


def test_an_empty_catalogue(db: Connection) -> None:
    world.put_user(db, 1)
    options = '{"diversity": 0.5, "creator_cap": 1, "exploration": 5, "filter": {"tags": ["x"]}}'
    db.execute("select jophiel.define_feed('all', %s)", (options,))
    db.execute("select jophiel.define_feed('some', %s)", ('{"diversity": 0.5, "exploration": 3}',))

    for name in ("main", "all", "some"):
        assert world.scalar(db, "select jophiel.recompute_feed(1, %s)", name) == 0
        assert world.feed(db, 1, name) == []


def test_everything_was_liked(db: Connection) -> None:
    world.furnish(db)
    world.put_items(db, [Item(1, vector(1))])
    world.put_user(db, 1, vector(1))
    world.act(db, 1, 1)

    assert recompute(db, 1) == []


def test_size_domain_and_filter(catalogue: Connection) -> None:
    catalogue.execute(
        "select count(*) from jophiel.upsert_items(%s)",
        ('[{"item_id": 900, "title": "Film", "domain": "film", "tags": ["guitar"]}]',),
    )
    definitions = {
        "short": ({"size": 3}, 3),
        "films": ({"domain": "film"}, 1),
        "samples": ({"domain": "default"}, 55),
        "calm": ({"filter": {"tags": ["calm"]}}, 18),
        "nothing": ({"filter": {"tags": ["zither"]}}, 0),
        "no films": ({"domain": "film", "filter": {"tags": ["calm"]}}, 0),
        "creators": ({"filter": {"creators": [101], "not_tags": ["sad"]}}, None),
    }
    for name, (options, size) in definitions.items():
        catalogue.execute("select jophiel.define_feed(%s, %s)", (name, json.dumps(options)))
        feed = recompute(catalogue, 1, name)
        assert size is None or len(feed) == size, name

    everything = [row for row in recompute(catalogue, 1) if row[0] != 900]
    assert world.feed(catalogue, 1, "short") == recompute(catalogue, 1)[:3]
    assert world.feed(catalogue, 1, "samples") == everything
    assert world.feed(catalogue, 1, "calm") == [row for row in everything if row[0] % 3 == 2]
    assert world.feed(catalogue, 1, "creators") == [row for row in everything if row[0] % 7 == 0 and row[0] % 3 != 0]


def test_a_stale_taste_is_rebuilt_first(catalogue: Connection) -> None:
    catalogue.execute(
        "update jophiel.tastes set taste = jophiel._zero_taste() - taste, stale_since = now(), "
        "version = version + 1 where user_id = 1"
    )

    assert all(guitars(recompute(catalogue, 1))[:10])
    assert world.scalar(catalogue, "select stale_since from jophiel.tastes where user_id = 1") is None


def test_every_feed_of_its_own(catalogue: Connection) -> None:
    catalogue.execute("""select jophiel.define_feed('other', '{"size": 2}')""")
    recompute(catalogue, 1)
    recompute(catalogue, 1, "other")
    recompute(catalogue, 1, "other")

    rows = catalogue.execute(
        "select feed, generation, cardinality(item_ids) from jophiel.feeds order by feed"
    ).fetchall()
    assert rows == [("main", 1, 55), ("other", 2, 2)]


@pytest.mark.parametrize(
    ("user", "feed", "sqlstate"),
    [(99, "main", "JO002"), (None, "main", "JO002"), ("bob", "main", "JO002"), (1, "nix", "JO005"), (1, None, "JO005")],
)
def test_errors(catalogue: Connection, user: int | str | None, feed: str | None, sqlstate: str) -> None:
    kind = "text" if isinstance(user, str) else "bigint"
    with pytest.raises(psycopg.Error, match="there is no") as error:
        catalogue.execute(f"select jophiel.recompute_feed(%s::{kind}, %s)".encode(), (user, feed))

    assert error.value.sqlstate == sqlstate
    assert world.scalar(catalogue, "select count(*) from jophiel.feeds") == 0


def test_many_of_an_unknown_feed(catalogue: Connection) -> None:
    with pytest.raises(psycopg.Error, match="there is no feed nix") as error:
        catalogue.execute("select jophiel.recompute_feeds('{1}', 'nix')")

    assert error.value.sqlstate == "JO005"


def test_no_vector_with_nan_or_infinity_gets_in(db: Connection) -> None:
    world.furnish(db)
    world.put_items(db, [Item(1, vector(1))])
    world.put_user(db, 1, vector(1))
    feed = recompute(db, 1)

    for number in ("NaN", "Infinity", "-Infinity", "1e39"):
        with pytest.raises(psycopg.DataError):
            db.execute("update jophiel.item_vectors set offer = %s::public.halfvec", (f"[{number},0,0,0,0,0]",))
        with pytest.raises(psycopg.DataError):
            db.execute("update jophiel.tastes set taste = %s::public.vector", (f"[{number},0,0,0,0,0]",))

    assert recompute(db, 1) == feed


def test_a_huge_taste_is_a_direction_too(db: Connection) -> None:
    world.furnish(db)
    world.put_items(db, [Item(1, vector(1)), Item(2, vector(0, 1))])
    world.put_user(db, 1, vector(1e30))

    assert recompute(db, 1) == [(1, 1.0), (2, 0.0)]


def test_no_feed_for_who_is_being_forgotten(catalogue: Connection, database_url: str) -> None:
    """A recompute that began before the user was deleted waits, and then writes nothing."""
    done = threading.Event()

    def work() -> None:
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("select jophiel.recompute_feeds('{1}')")
        done.set()

    worker = threading.Thread(target=work)
    with catalogue.transaction():
        catalogue.execute("select jophiel.delete_user(1)")
        worker.start()
        assert not done.wait(0.3)
    worker.join()

    assert world.scalar(catalogue, "select count(*) from jophiel.feeds") == 0
