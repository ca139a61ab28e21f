"""What a user does is in the next page, on any connection (docs/decisions/0004-read-your-writes.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.feeds import world

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


@pytest.fixture
def fresh(db: Connection) -> Connection:
    """Users 1 (guitars), 2 (pianos) and 3 (nothing) with feeds of twenty of eighty items."""
    world.catalogue(db, 80)
    db.execute("""select jophiel.define_feed('main', '{"size": 20}')""")
    for user, first in ((1, 4), (2, 1)):
        for item in range(first, first + 12, 4):
            db.execute("select jophiel.record_interaction(%s::bigint, %s::bigint, 'share')", (user, item))
    world.put_user(db, 3)
    db.execute("call jophiel.run_batch()")
    return db


def act(db: Connection, user: int, item: int, kind: str) -> None:
    db.execute("select jophiel.record_interaction(%s::bigint, %s::bigint, %s)", (user, item, kind))


def rebuilt(db: Connection, user: int) -> list[tuple[int, float]]:
    """The feed that a recompute from the log would make, which is not kept."""
    with db.transaction(force_rollback=True):
        db.execute("select jophiel._rebuild_tastes(array[%s::bigint])", (user,))
        return world.recompute(db, user)


def assert_same(found: list[tuple[int, float]], wanted: list[tuple[int, float]]) -> None:
    assert world.ids(found) == world.ids(wanted)
    assert [score for _, score in found] == pytest.approx([score for _, score in wanted], abs=1e-5)


def assert_exact(db: Connection, user: int) -> None:
    assert_same(world.feed(db, user), rebuilt(db, user))


def stored(db: Connection, user: int) -> int:
    return int(world.scalar(db, "select generation from jophiel.feeds where user_id = %s and feed = 'main'", user))


def shown(db: Connection, user: int) -> int:
    """The generation of the page that is shown: negative where it is computed for the reader."""
    return int(world.scalar(db, "select generation from jophiel.get_feed(%s::bigint, 'main', 1)", user))


@pytest.mark.parametrize("kind", ["like", "dislike"])
def test_what_is_acted_on_definitively_leaves(fresh: Connection, database_url: str, kind: str) -> None:
    before = world.ids(world.feed(fresh, 1))
    act(fresh, 1, before[3], kind)

    with psycopg.connect(database_url) as other:
        other.execute("select set_config('jophiel.now', %s, false)", (world.NOW,))
        after = [row[0] for row in other.execute("select item_id from jophiel.get_feed(1::bigint)")]
    assert before[3] not in after
    assert len(after) == 20
    assert_exact(fresh, 1)
    # Nobody else's feed is concerned, and nothing was written into anybody's.
    assert shown(fresh, 2) == 1
    assert stored(fresh, 1) == 1


def test_neighbours_of_what_was_liked_enter(fresh: Connection) -> None:
    # 79 is old and a piano (79 % 4 = 3: synth): nothing that user 3, who is shown what is new, would see.
    before = world.ids(world.feed(fresh, 3))
    act(fresh, 3, 79, "share")
    after = world.ids(world.feed(fresh, 3))

    neighbours = {n for n in range(1, 81) if n % 12 == 79 % 12}
    assert len(neighbours & set(after[:7])) > len(neighbours & set(before[:7]))
    assert neighbours - {79} <= set(after)
    assert_exact(fresh, 3)


def test_a_follow_puts_the_creators_items_up_and_an_unfollow_takes_them_down(fresh: Connection) -> None:
    before = world.feed(fresh, 1)
    fresh.execute("select jophiel.follow(1, 103, '2026-01-31T00:00:00Z')")
    followed = world.ids(world.feed(fresh, 1))
    theirs = {n for n in range(1, 81) if 101 + n % 7 == 103}

    assert len(theirs & set(followed)) > len(theirs & set(world.ids(before)))
    assert_exact(fresh, 1)
    fresh.execute("select jophiel.unfollow(1, 103, '2026-01-31T00:00:01Z')")
    assert shown(fresh, 1) < 0
    assert_same(world.feed(fresh, 1), before)


@pytest.mark.parametrize(("kind", "back"), [("like", "unlike"), ("dislike", "undislike")])
def test_taking_back_is_the_exact_reverse(fresh: Connection, kind: str, back: str) -> None:
    before = world.feed(fresh, 2)
    fresh.execute("select jophiel.record_interaction(2, 7, %s, p_happened_at => '2026-01-31T00:00:00Z')", (kind,))
    assert world.ids(world.feed(fresh, 2)) != world.ids(before)
    fresh.execute("select jophiel.record_interaction(2, 7, %s, p_happened_at => '2026-01-31T00:00:01Z')", (back,))

    assert_same(world.feed(fresh, 2), before)


def test_changed_interests(fresh: Connection) -> None:
    fresh.execute("""select count(*) from jophiel.upsert_users('[{"user_id": 3, "interests": ["drums"]}]')""")

    assert shown(fresh, 3) < 0
    assert_exact(fresh, 3)


def test_the_batch_makes_the_same(fresh: Connection) -> None:
    act(fresh, 1, 9, "like")
    fresh.execute("select jophiel.follow(2, 104)")
    sums = [world.scalar(fresh, "select jophiel.feed_checksum(%s::bigint)", user) for user in (1, 2)]
    fresh.execute("call jophiel.run_batch()")

    assert [world.scalar(fresh, "select jophiel.feed_checksum(%s::bigint)", user) for user in (1, 2)] == sums
    assert [shown(fresh, user) for user in (1, 2, 3)] == [2, 2, 1]


def test_a_reader_writes_nothing(fresh: Connection) -> None:
    act(fresh, 1, 9, "like")
    with fresh.transaction():
        fresh.execute("set transaction read only")
        assert len(world.feed(fresh, 1)) == 20


def test_a_taste_that_waits_for_the_batch_is_read_from_the_log(fresh: Connection) -> None:
    """Its stored sum may lack something, or be in coordinates of yesterday."""
    fresh.execute("update jophiel.tastes set taste = jophiel._zero_taste(), event_count = 0, mass = 0")
    fresh.execute("select jophiel.mark_tastes_stale()")
    assert [shown(fresh, user) for user in (1, 2)] == [1, 1]
    fresh.execute("insert into jophiel.feed_marks values (1, 'main', now())")

    assert shown(fresh, 1) < 0
    assert_exact(fresh, 1)


def test_a_mark_is_a_reason_to_compute(fresh: Connection) -> None:
    fresh.execute("insert into jophiel.feed_marks values (1, 'main', now())")
    assert shown(fresh, 1) < 0
    assert shown(fresh, 2) == 1
    fresh.execute("select jophiel.recompute_feed(1::bigint)")
    assert shown(fresh, 1) == 2


def test_what_is_shown_is_explained(fresh: Connection, freeze: Callable[[str], None]) -> None:
    freeze("2026-02-01T03:00:00Z")
    for kind in (None, "share"):
        if kind:
            act(fresh, 1, 9, kind)
        item, score = world.feed(fresh, 1)[0]
        assert world.total(fresh, 1, item) == pytest.approx(score, abs=1e-4)


def pages(db: Connection, generation: int | None, offset: int) -> list[tuple[int, int, float, int]]:
    return [
        tuple(row) for row in db.execute("select * from jophiel.get_feed(1, 'main', 5, %s, %s)", (offset, generation))
    ]


def test_pages_of_a_computed_feed_belong_together(fresh: Connection, freeze: Callable[[str], None]) -> None:
    act(fresh, 1, 9, "like")
    freeze("2026-02-01T01:00:00.123456Z")
    whole = world.feed(fresh, 1)
    token = pages(fresh, None, 0)[0][3]

    # Novelty fades, differently for each item; the pages are cut as of the time of the first.
    freeze("2026-02-02T12:00:00Z")
    assert world.feed(fresh, 1) != whole
    assert [row[1:3] for offset in (0, 5, 10, 15) for row in pages(fresh, token, offset)] == whole
    # That it is made meanwhile does not change that.
    fresh.execute("select jophiel.recompute_feed(1::bigint)")
    assert [row[1:3] for row in pages(fresh, token, 5)] == whole[5:10]


@pytest.mark.parametrize(
    "change",
    [
        "select jophiel.record_interaction(1, 10, 'like')",
        "select jophiel.follow(1, 104)",
        "select jophiel.delete_item((select item_id from jophiel.get_feed(1, 'main', 1, 7)))",
        """select count(*) from jophiel.upsert_items('[{"item_id": 901, "tags": ["guitar", "happy"]}]')""",
    ],
)
def test_pages_of_feeds_that_differ_are_told_apart(fresh: Connection, change: str) -> None:
    act(fresh, 1, 9, "like")
    token = pages(fresh, None, 0)[0][3]
    fresh.execute(change.encode())

    with pytest.raises(psycopg.Error) as error:
        pages(fresh, token, 5)
    assert error.value.sqlstate == "JO020"
    assert pages(fresh, pages(fresh, None, 0)[0][3], 5)


def test_the_stored_feed_is_gone_with_the_first_reaction(fresh: Connection) -> None:
    assert len(pages(fresh, 1, 5)) == 5
    act(fresh, 1, 9, "like")

    with pytest.raises(psycopg.Error) as error:
        pages(fresh, 1, 5)
    assert error.value.sqlstate == "JO020"


def test_generations_of_all_times_and_digests(db: Connection) -> None:
    rows = db.execute(
        """select jophiel._computed_generation(array[n, 7 * n], moment.at) as generation,
                  jophiel._generation_time(jophiel._computed_generation(array[n, 7 * n], moment.at),
                                           moment.at + later.by) = moment.at as is_found
             from generate_series(1, 400) as n
            cross join lateral (select timestamptz '1969-12-30' + n * interval '1 month 13:07:11.123') as moment (at)
            cross join (values (interval '0'), ('1 ms'), ('1 hour'), ('37 hours')) as later (by)"""
    ).fetchall()

    assert all(row.is_found for row in rows)
    assert all(-(2**53) <= row.generation < 0 for row in rows)
    assert len({row.generation for row in rows}) == 400


NEW = (
    '[{"item_id": 901, "title": "Item 4", "tags": ["guitar", "happy"], "creator_id": 107, "created_at": "2026-01-31"}]'
)


def test_a_new_item_reaches_at_once_whom_it_suits(fresh: Connection) -> None:
    fresh.execute("""select jophiel.define_feed('main', '{"size": 8}')""")
    fresh.execute("call jophiel.run_batch()")
    fresh.execute("select count(*) from jophiel.upsert_items(%s)", (NEW,))

    assert 901 in world.ids(world.feed(fresh, 1))
    assert_exact(fresh, 1)
    # A day old: no use to user 3, who is shown what is new.
    assert shown(fresh, 3) > 0
    assert 901 not in world.ids(rebuilt(fresh, 3))
    fresh.execute("select jophiel.delete_item(901)")
    assert 901 not in world.ids(world.feed(fresh, 1))


def test_where_users_are_many_a_new_item_reaches_the_followers(fresh: Connection) -> None:
    fresh.execute("update jophiel.settings set value = '2' where name = 'match_pairs'")
    fresh.execute("select jophiel.follow(3, 107)")
    fresh.execute("call jophiel.run_batch()")
    before = shown(fresh, 3)
    fresh.execute("select count(*) from jophiel.upsert_items(%s)", (NEW,))

    assert (before > 0, shown(fresh, 1) > 0) == (True, True)
    assert 901 in world.ids(world.feed(fresh, 3))
    assert_exact(fresh, 3)
    fresh.execute("call jophiel.run_batch()")
    assert 901 in world.ids(world.feed(fresh, 1))


def test_a_changed_item_is_where_it_belongs_at_once(fresh: Connection) -> None:
    top = world.ids(world.feed(fresh, 1))[0]
    fresh.execute(
        "select count(*) from jophiel.upsert_items(jsonb_build_array(jsonb_build_object("
        "'item_id', %s::bigint, 'tags', jsonb_build_array('zither'), 'created_at', '2020-01-01')))",
        (top,),
    )

    assert world.ids(world.feed(fresh, 1))[0] != top
    assert_exact(fresh, 1)


def test_nothing_is_matched_at_once_where_that_is_switched_off(fresh: Connection) -> None:
    fresh.execute("update jophiel.settings set value = '0' where name = 'match_pairs'")
    fresh.execute("select count(*) from jophiel.upsert_items(%s)", (NEW,))

    assert shown(fresh, 1) > 0
    fresh.execute("call jophiel.run_batch()")
    assert 901 in world.ids(world.feed(fresh, 1))


def test_writers_of_items_never_wait_for_each_others_marks(fresh: Connection, database_url: str) -> None:
    fresh.execute("set lock_timeout = '10 s'")
    with psycopg.connect(database_url) as other:
        other.execute("select set_config('jophiel.now', %s, false)", (world.NOW,))
        other.execute("select count(*) from jophiel.upsert_items(%s)", (NEW,))
        fresh.execute(
            "select count(*) from jophiel.upsert_items(%s)", (NEW.replace("901", "902").replace("107", "106"),)
        )
        assert shown(fresh, 1) > 0
        # The batch does not wait either, and does not forget.
        assert world.scalar(fresh, "select jophiel._run_batch_step('match', 10)") == 0
        other.rollback()

    assert world.scalar(fresh, "select jophiel._run_batch_step('match', 10)") > 0
    assert 902 in world.ids(world.feed(fresh, 1))
    assert_exact(fresh, 1)


def play(db: Connection, item: int, at: str) -> bool:
    """Record a play of user 1 at a time of 31 January; return whether the page that is shown has it."""
    before = world.scalar(db, "select reaction_version from jophiel.tastes where user_id = 1")
    db.execute("select jophiel.record_interaction(1, %s, 'play', p_happened_at => %s)", (item, f"2026-01-31T{at}Z"))
    return bool(world.scalar(db, "select reaction_version from jophiel.tastes where user_id = 1") > before)


def test_the_fifth_play_of_ten_minutes_is_shown(fresh: Connection) -> None:
    times = ["10:00:00", "10:09:00", "10:03:00", "10:10:00.001"]
    assert [play(fresh, 9 + n, at) for n, at in enumerate(times)] == [False] * 4
    assert shown(fresh, 1) == 1
    # In whatever order they arrive: five there are now, but a millisecond too far apart.
    assert [play(fresh, 19 + n, at) for n, at in enumerate(["09:59:00", "10:00:00.001"])] == [False, False]
    assert play(fresh, 22, "10:05:00")
    assert shown(fresh, 1) < 0
    assert_exact(fresh, 1)
    # It begins anew.
    assert [play(fresh, 29 + n, f"10:0{n}:30") for n in range(5)] == [False, False, False, False, True]
    assert_exact(fresh, 1)


def test_plays_far_apart_wait_for_the_batch(fresh: Connection) -> None:
    assert [play(fresh, 9 + n, f"1{n}:00:00") for n in range(8)] == [False] * 8
    assert shown(fresh, 1) == 1
    fresh.execute("call jophiel.run_batch()")
    assert shown(fresh, 1) == 2
    assert_exact(fresh, 1)


def test_plays_that_need_a_rebuild_are_counted_too(fresh: Connection) -> None:
    for number in range(5):
        fresh.execute("select jophiel.mark_tastes_stale('{1}')")
        assert play(fresh, 9 + number, f"10:0{number}:00") == (number == 4)
        if number < 4:
            assert world.scalar(fresh, "select stale_since is not null from jophiel.tastes where user_id = 1")
    assert_exact(fresh, 1)


def test_plays_in_one_call_count_together(fresh: Connection) -> None:
    fresh.execute(
        "select count(*) from jophiel.record_interactions((select jsonb_agg(jsonb_build_object("
        "'user_id', 1 + n % 2, 'item_id', n, 'type', 'play')) from generate_series(1, 10) as n))"
    )
    assert [shown(fresh, user) < 0 for user in (1, 2, 3)] == [True, True, False]
    assert_exact(fresh, 1)


def test_feeds_as_rows_show_the_reaction_too(fresh: Connection) -> None:
    fresh.execute("select jophiel.record_interaction(1::bigint, 8::bigint, 'like')")
    rows = {
        user: fresh.execute(
            "select rank, item_id, generation < 0 as is_computed from jophiel.user_feed_recommendations "
            "where user_id = %s order by rank",
            (user,),
        ).fetchall()
        for user in (1, 2)
    }
    for user, is_computed in ((1, True), (2, False)):
        shown = fresh.execute("select rank, item_id from jophiel.get_feed(%s::bigint)", (user,)).fetchall()
        assert [(row.rank, row.item_id) for row in rows[user]] == shown
        assert {row.is_computed for row in rows[user]} == {is_computed}
