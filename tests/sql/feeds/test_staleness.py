"""What makes a feed stale, and what does not (docs/decisions/0002-staleness.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def fresh(db: Connection) -> Connection:
    """Users 1 (guitars), 2 (pianos) and 3 (nothing) with fresh feeds of five items each of the sixty."""
    world.catalogue(db)
    db.execute("""select jophiel.define_feed('main', '{"size": 5}')""")
    for user, first in ((1, 4), (2, 1)):
        world.put_user(db, user)
        for item in range(first, first + 24, 4):
            db.execute("select count(*) from jophiel.record_interaction(%s, %s, 'share')", (user, item))
    world.put_user(db, 3)
    db.execute("call jophiel.run_batch()")
    assert stale(db) == []
    return db


def stale(db: Connection, feed: str = "main") -> list[int]:
    """Whose feed the batch would make anew, which is as many as it counts where there is one feed."""
    found = db.execute(
        "select unnest(jophiel._claim_stale_feeds(d, -9223372036854775808, 1000)) as user_id "
        "from jophiel.feed_definitions as d where d.feed = %s",
        (feed,),
    ).fetchall()
    if world.scalar(db, "select count(*) from jophiel.feed_definitions where is_scheduled") == 1:
        assert world.scalar(db, "select jophiel._count_stale_feeds()") == len(found)
    return [row.user_id for row in found]


def give(db: Connection, **fields: object) -> None:
    """Upsert an item and let the batch match it, without making feeds."""
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps([fields]),))
    match(db)


def match(db: Connection) -> int:
    return int(world.scalar(db, "select jophiel._run_batch_step('match', 10)"))


def test_an_event_makes_only_its_users_feed_stale(fresh: Connection) -> None:
    fresh.execute("select count(*) from jophiel.record_interaction(2, 9, 'play')")

    assert stale(fresh) == [2]
    world.recompute(fresh, 2)
    assert stale(fresh) == []


def test_a_follow_and_an_unfollow(fresh: Connection) -> None:
    fresh.execute("select jophiel.follow(1, 103)")
    assert stale(fresh) == [1]
    world.recompute(fresh, 1)
    fresh.execute("select jophiel.unfollow(1, 103)")
    assert stale(fresh) == [1]


def test_changed_interests(fresh: Connection) -> None:
    fresh.execute("""select count(*) from jophiel.upsert_users('[{"user_id": 3, "interests": ["drums"]}]')""")
    assert stale(fresh) == [3]
    world.recompute(fresh, 3)
    fresh.execute("""select count(*) from jophiel.upsert_users('[{"user_id": 3, "interests": ["drums"]}]')""")
    assert stale(fresh) == []


def test_a_new_user(fresh: Connection) -> None:
    world.put_user(fresh, 4)

    assert stale(fresh) == [4]


def test_a_taste_that_is_to_be_rebuilt(fresh: Connection) -> None:
    fresh.execute("select jophiel.mark_tastes_stale('{2}')")

    assert stale(fresh) == [2]


@pytest.mark.parametrize(
    "statement",
    [
        "update jophiel.scoring_policies set novelty = 0.3",
        "update jophiel.scoring_policies set novelty_half_life = '49 hours'",
        "select jophiel.define_policy('default', '{\"penalty\": -5}')",
        "update jophiel.feed_definitions set size = 6",
        "select jophiel.define_feed('main', '{\"diversity\": 0.1}')",
    ],
)
def test_a_changed_policy_or_definition_makes_all_stale(fresh: Connection, statement: str) -> None:
    fresh.execute(statement.encode())

    assert stale(fresh) == [1, 2, 3]
    fresh.execute("call jophiel.run_batch()")
    assert stale(fresh) == []


def test_how_a_session_writes_numbers_is_no_change(fresh: Connection) -> None:
    fresh.execute("set intervalstyle = 'iso_8601'")
    fresh.execute("set extra_float_digits = -5")
    fresh.execute("set timezone = 'Asia/Tokyo'")
    fresh.execute("set datestyle = 'German'")

    assert stale(fresh) == []


def test_another_policy_and_another_feed_are_no_concern(fresh: Connection) -> None:
    fresh.execute("select jophiel.define_policy('other')")
    fresh.execute("select jophiel.define_feed('second')")
    fresh.execute("update jophiel.feed_definitions set size = 9 where feed = 'second'")

    assert stale(fresh) == []
    assert stale(fresh, "second") == [1, 2, 3]
    assert world.scalar(fresh, "select jophiel._count_stale_feeds()") == 3


def test_what_is_not_scheduled_is_left_alone(fresh: Connection) -> None:
    fresh.execute("""select jophiel.define_feed('second', '{"is_scheduled": false}')""")

    assert world.scalar(fresh, "select jophiel._count_stale_feeds()") == 0
    fresh.execute("call jophiel.run_batch()")
    assert world.scalar(fresh, "select count(*) from jophiel.feeds where feed = 'second'") == 0


def test_age(fresh: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-02-01T06:00:00Z")
    assert stale(fresh) == []
    freeze("2026-02-01T06:00:01Z")
    assert stale(fresh) == [1, 2, 3]
    fresh.execute("""select jophiel.define_feed('main', '{"max_age": "infinity"}')""")
    fresh.execute("select jophiel.recompute_feeds('{1, 2, 3}')")
    freeze("2036-02-01T06:00:01Z")
    assert stale(fresh) == []


def test_a_new_item_marks_the_feeds_it_could_enter(fresh: Connection) -> None:
    give(fresh, item_id=901, title="Item 4", tags=["guitar", "happy"], created_at="2026-01-31T18:00:00Z")

    # Six hours old: no use to user 3, who is offered what is new. A guitar: none to user 2.
    assert stale(fresh) == [1]
    fresh.execute("call jophiel.run_batch()")
    assert 901 in world.ids(world.feed(fresh, 1))
    assert stale(fresh) == []


def test_a_new_item_that_could_enter_no_feed_marks_none(fresh: Connection) -> None:
    give(fresh, item_id=902, title="Zither", tags=["zither"], created_at="2020-01-01T00:00:00Z")

    assert stale(fresh) == []
    for user in (1, 2, 3):
        assert 902 not in world.ids(world.recompute(fresh, user))


def test_a_new_item_of_another_domain_marks_none(fresh: Connection) -> None:
    fresh.execute("""select jophiel.define_feed('main', '{"domain": "default"}')""")
    fresh.execute("call jophiel.run_batch()")
    give(fresh, item_id=903, title="Item 903", tags=["guitar", "sad"], domain="film")

    assert stale(fresh) == []


def test_a_feed_that_is_not_full_takes_anything(fresh: Connection) -> None:
    fresh.execute("""select jophiel.define_feed('main', '{"size": 100}')""")
    fresh.execute("call jophiel.run_batch()")
    give(fresh, item_id=904, title="Zither", tags=["zither"], created_at="2020-01-01T00:00:00Z")

    assert stale(fresh) == [1, 2, 3]


def test_a_changed_item_marks_the_feeds_it_is_in(fresh: Connection) -> None:
    top = world.ids(world.feed(fresh, 2))[0]
    holders = [user for user in (1, 2, 3) if top in world.ids(world.feed(fresh, user))]
    fresh.execute(
        "select count(*) from jophiel.upsert_items(%s)",
        (json.dumps([{"item_id": top, "title": "Zither", "tags": ["zither"], "created_at": "2020-01-01T00:00:00Z"}]),),
    )
    match(fresh)

    # Whose taste held the item is stale for that as well.
    assert 2 in holders
    assert set(holders) <= set(stale(fresh))


def test_a_deleted_item_marks_the_feeds_it_was_in(fresh: Connection) -> None:
    feeds = {user: world.ids(world.feed(fresh, user)) for user in (1, 2, 3)}
    gone = feeds[1][-1]
    fresh.execute("select jophiel.delete_item(%s::bigint)", (gone,))
    assert match(fresh) == 1

    assert set(stale(fresh)) == {user for user in feeds if gone in feeds[user]}
    fresh.execute("call jophiel.run_batch()")
    assert len(world.feed(fresh, 1)) == 5


def test_fading_novelty_is_reckoned_with(db: Connection, freeze: Callable[[str], None]) -> None:
    """An item that would not have entered yesterday does today, because what stands there has faded."""
    world.furnish(db)
    world.put_items(db, [Item(1, vector(0.5), hours=0), Item(2, vector(0.5), hours=0)])
    world.put_user(db, 1, vector(1))
    db.execute("""select jophiel.define_feed('main', '{"size": 2, "max_age": "30 days"}')""")
    world.recompute(db, 1)
    db.execute("""select jophiel.define_feed('main', '{"max_age": "31 days"}')""")
    world.recompute(db, 1)

    def fits(item: int, similarity: float) -> bool:
        world.put_items(db, [Item(item, vector(similarity))])
        db.execute("insert into jophiel.item_changes values (%s, 'match', now())", (item,))
        assert match(db) == 1
        return stale(db) == [1]

    assert not fits(3, 0.625)
    freeze("2026-02-05T00:00:00Z")
    assert fits(3, 0.625)
    assert world.ids(world.recompute(db, 1)) == [3, 1]


def test_many_items_make_everything_stale(fresh: Connection) -> None:
    fresh.execute("update jophiel.settings set value = '3' where name = 'match_items'")
    items = [
        {"item_id": 910 + n, "title": "Zither", "tags": ["zither"], "created_at": "2020-01-01T00:00:00Z"}
        for n in range(4)
    ]
    fresh.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items[:3]),))
    assert match(fresh) == 3
    assert stale(fresh) == []
    fresh.execute(
        "select count(*) from jophiel.upsert_items(%s)", (json.dumps([{**item, "title": "Other"} for item in items]),)
    )

    assert match(fresh) == 4
    assert stale(fresh) == [1, 2, 3]
    assert match(fresh) == 0


@pytest.mark.parametrize(
    "options",
    ['{"diversity": 0.5}', '{"creator_cap": 2}', '{"filter": {"any_tags": ["guitar", "piano", "sad"]}}'],
    ids=["diverse", "capped", "filtered"],
)
def test_feeds_without_a_last_place_are_stale_when_an_item_concerns_them(fresh: Connection, options: str) -> None:
    fresh.execute("""select jophiel.define_feed('main', '{"domain": "default"}')""")
    fresh.execute("select jophiel.define_feed('main', %s)", (options,))
    fresh.execute("call jophiel.run_batch()")
    fresh.execute("call jophiel.run_batch()")
    assert stale(fresh) == []

    give(fresh, item_id=920, title="Film", tags=["guitar"], domain="film")
    assert stale(fresh) == []
    give(fresh, item_id=921, title="Item", tags=["guitar"], created_at="2020-01-01T00:00:00Z")
    assert stale(fresh) == [1, 2, 3]


def test_a_step_that_gives_up_has_not_made_everybody_stale(fresh: Connection, database_url: str) -> None:
    fresh.execute("""select jophiel.define_feed('main', '{"diversity": 0.5}')""")
    fresh.execute("call jophiel.run_batch()")
    version = "select content_version from jophiel.feed_definitions where feed = 'main'"
    before = fresh.execute(version).fetchone()
    fresh.execute("select jophiel.record_interaction(1::bigint, 930::bigint, 'play')")
    items = [{"item_id": 930, "title": "Item", "tags": ["guitar"]}]
    fresh.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))

    with psycopg.connect(database_url) as other:
        other.execute("select from jophiel.tastes where user_id = 1 for no key update")
        assert [match(fresh), match(fresh)] == [0, 0]
        assert fresh.execute(version).fetchone() == before
    assert match(fresh) == 1
    assert before is not None
    assert fresh.execute(version).fetchone() == (before[0] + 1,)


def test_an_item_that_leaves_a_filter_leaves_the_feeds(fresh: Connection) -> None:
    fresh.execute("""select jophiel.define_feed('main', '{"filter": {"tags": ["guitar"]}}')""")
    fresh.execute("call jophiel.run_batch()")
    give(fresh, item_id=930, title="Zither", tags=["zither"])
    assert stale(fresh) == []
    top = world.ids(world.feed(fresh, 3))[0]
    give(fresh, item_id=top, title="Zither", tags=["zither"])

    assert stale(fresh) == [1, 2, 3]
    fresh.execute("call jophiel.run_batch()")
    assert all(top not in world.ids(world.feed(fresh, user)) for user in (1, 2, 3))


def test_a_step_without_new_items_changes_nothing(fresh: Connection) -> None:
    fresh.execute("""select jophiel.define_feed('main', '{"diversity": 0.5}')""")
    fresh.execute("call jophiel.run_batch()")

    assert match(fresh) == 0
    assert stale(fresh) == []


def test_a_recompute_takes_the_mark_away(fresh: Connection) -> None:
    fresh.execute("insert into jophiel.feed_marks values (1, 'main', now()), (2, 'main', now())")
    assert stale(fresh) == [1, 2]
    world.recompute(fresh, 1)

    assert stale(fresh) == [2]


def test_who_is_locked_is_another_workers(fresh: Connection, database_url: str) -> None:
    fresh.execute("update jophiel.feed_definitions set size = 6")
    with psycopg.connect(database_url) as other:
        other.execute("select from jophiel.users where user_id = 2 for no key update")

        assert _claim(fresh) == [1, 3]
    assert _claim(fresh) == [1, 2, 3]


def _claim(db: Connection) -> list[int]:
    return list(world.scalar(db, "select jophiel._claim_stale_feeds(d, -1, 1000) from jophiel.feed_definitions as d"))


def test_a_claim_goes_on_after_a_position(fresh: Connection) -> None:
    fresh.execute("update jophiel.feed_definitions set size = 6")

    assert world.scalar(fresh, "select jophiel._claim_stale_feeds(d, 1, 1) from jophiel.feed_definitions as d") == [2]
    assert world.scalar(fresh, "select jophiel._claim_stale_feeds(d, 3, 1) from jophiel.feed_definitions as d") == []
