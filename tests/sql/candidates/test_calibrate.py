"""What cells keep of the exact feed, measured by the engine itself; and when it uses them at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.candidates.clustered import ITEMS, USERS, clustered, set_setting
from tests.sql.feeds import world
from tests.sql.feeds.world import Item, vector

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = psycopg.Connection[Any]


def calibrate(db: Connection, *arguments: object) -> dict[str, Any]:
    marks = ", ".join(["%s"] * len(arguments))
    rows = db.execute(f"select * from jophiel.calibrate({marks})".encode(), arguments).fetchall()  # noqa: S608
    assert [row.measure for row in rows] == ["recall", "overlap"]
    return {row.measure: row for row in rows}


def test_recall_and_overlap_through_cells(db: Connection) -> None:
    clustered(db)
    db.execute("select jophiel.build_cells()")
    db.execute("analyze jophiel.item_vectors, jophiel.cells")
    untuned = calibrate(db, "default")
    assert world.scalar(db, "select jophiel._probe_items('default', null, 200)") == 400
    assert untuned["overlap"].users == USERS
    assert untuned["overlap"].mean >= 0.98
    assert untuned["overlap"].minimum >= 0.9
    assert untuned["recall"].mean >= 0.8
    assert untuned == calibrate(db, "default")

    # Who asks for more gets more, and what was measured is noted.
    set_setting(db, "overlap_mean", 0.999)
    set_setting(db, "overlap_minimum", 0.99)
    tuned = world.scalar(db, "select jophiel.tune_probes('default')")
    measured = calibrate(db, "default")
    assert 800 <= tuned <= 3200
    assert measured["overlap"].mean >= 0.999
    assert measured["overlap"].minimum >= 0.99
    assert measured["recall"].mean >= 0.95
    overlap = world.scalar(db, "select overlap from jophiel.cell_builds")
    assert overlap == {"users": USERS, "mean": measured["overlap"].mean, "minimum": measured["overlap"].minimum}

    # What the engine then materialises is that, too.
    everybody = list(range(1, USERS + 1))
    db.execute("select jophiel.recompute_feeds(%s::bigint[])", (everybody,))
    through_cells = {user: set(world.ids(world.feed(db, user))) for user in everybody}
    set_setting(db, "exact_scan_items", ITEMS)
    assert calibrate(db)["overlap"][1:] == (USERS, 1, 1)
    db.execute("select jophiel.recompute_feeds(%s::bigint[])", (everybody,))
    shares = [len(through_cells[user] & set(world.ids(world.feed(db, user)))) / 200 for user in everybody]
    assert sum(shares) / USERS == pytest.approx(measured["overlap"].mean)


@pytest.fixture
def halves(db: Connection) -> Connection:
    """Forty items to the east, forty to the north; user 1 goes east; cells are used from the first item on."""
    world.furnish(db)
    world.put_items(
        db,
        [Item(n, vector(0.9, n / 1000), hours=1e5 + n) for n in range(1, 41)]
        + [Item(n, vector(n / 10000, 1), hours=n) for n in range(41, 81)],
    )
    world.put_user(db, 1, vector(1))
    db.execute("select jophiel.build_cells()")
    set_setting(db, "exact_scan_items", 1)
    set_setting(db, "probe_items", 10)
    set_setting(db, "fresh_items", 2)
    return db


def test_a_probe_reads_near_cells_and_what_is_new(halves: Connection) -> None:
    feed = world.ids(world.recompute(halves, 1))

    assert {41, 42} <= set(feed)
    assert set(feed) - {41, 42} <= set(range(1, 41))
    assert 10 <= len(feed) < 80


def test_below_the_limit_everything_is_read(halves: Connection) -> None:
    set_setting(halves, "exact_scan_items", 80)

    assert len(world.recompute(halves, 1)) == 80


def test_a_user_without_a_taste_gets_a_whole_feed_of_what_is_new(halves: Connection) -> None:
    world.put_user(halves, 2)
    halves.execute("""select jophiel.define_feed('main', '{"size": 30}')""")

    assert world.ids(world.recompute(halves, 2)) == list(range(41, 71))


def test_popular_items_are_candidates_once(halves: Connection) -> None:
    world.put_items(halves, [Item(n, vector(0, 1), hours=n, popularity=n / 80) for n in (41, 60, 80)])
    halves.execute("""select jophiel.define_feed('main', '{"size": 30}')""")
    world.put_user(halves, 2)
    world.put_user(halves, 3, vector(1), events=1)

    cold = world.ids(world.recompute(halves, 2))
    halves.execute("update jophiel.feed_definitions set size = 100")
    nearly = world.ids(world.recompute(halves, 3))

    assert cold[:2] == [80, 60]
    assert len(cold) == len(set(cold)) == 30
    assert {41, 60, 80} <= set(nearly)
    assert len(nearly) == len(set(nearly))


def test_a_filter_is_filled_with_what_passes(halves: Connection) -> None:
    halves.execute("update jophiel.items set tags = '{odd}' where item_id % 2 = 1")
    halves.execute("""select jophiel.define_feed('main', '{"size": 30, "filter": {"tags": ["odd"]}}')""")
    world.put_user(halves, 2)

    cold = world.ids(world.recompute(halves, 2))
    warm = world.ids(world.recompute(halves, 1))

    assert cold == list(range(41, 81, 2)) + list(range(1, 20, 2))
    assert all(item % 2 for item in warm)
    assert len(warm) >= 10


def test_a_longer_list_reads_more(halves: Connection) -> None:
    def reads(limit: int, eligible: int | None = None) -> int | None:
        items: int | None = world.scalar(halves, "select jophiel._probe_items('default', %s, %s)", eligible, limit)
        return items

    assert (reads(20), reads(200), reads(400)) == (10, 10, 20)
    assert reads(200, 40) == 20
    # From half of the 80 items on, all are read, and exactly.
    assert (reads(1000), reads(10_000), reads(200, 8)) == (None, None, None)
    assert world.scalar(halves, "select jophiel._probe_items('default', 1, 200)") is None
    assert world.scalar(halves, "select jophiel._probe_items('nowhere', null, 200)") is None


def test_items_that_came_after_the_build_are_found(halves: Connection) -> None:
    world.put_items(halves, [Item(99, vector(1), hours=1e6)])

    assert 99 in world.ids(world.recompute(halves, 1))


def test_a_feed_over_all_domains_finds_the_small_ones(halves: Connection) -> None:
    world.put_items(halves, [Item(n, vector(1), domain="tiny", hours=1e6) for n in (201, 202)])

    assert {201, 202} <= set(world.ids(world.recompute(halves, 1)))
    halves.execute("select jophiel.build_cells('tiny')")
    assert {201, 202} <= set(world.ids(world.recompute(halves, 1)))


@pytest.mark.parametrize(("users", "size"), [(0, 200), (None, 200), (100_001, 200), (10, 0), (10, 1001), (10, None)])
def test_arguments_out_of_range(db: Connection, users: int | None, size: int | None) -> None:
    with pytest.raises(psycopg.Error, match="out of range") as error:
        calibrate(db, None, users, size)

    assert error.value.sqlstate == "JO001"


def test_nobody_to_measure_with(db: Connection, freeze: Callable[[str], None]) -> None:
    freeze(world.NOW)

    assert calibrate(db)["overlap"][1:] == (0, None, None)
    assert calibrate(db, "nowhere")["recall"][1:] == (0, None, None)


@pytest.mark.parametrize(
    ("domain", "users", "message"),
    [
        ("nowhere", 40, "domain nowhere has no cells"),
        (None, 40, "domain null has no cells"),
        ("default", 0, "out of range"),
        ("default", None, "out of range"),
    ],
)
def test_what_cannot_be_tuned(halves: Connection, domain: str | None, users: int | None, message: str) -> None:
    with pytest.raises(psycopg.Error, match=message) as error:
        halves.execute("select jophiel.tune_probes(%s, %s)", (domain, users))

    assert error.value.sqlstate == "JO001"


def test_tuning_ends_where_everything_is_read(halves: Connection) -> None:
    set_setting(halves, "overlap_mean", 2)

    assert world.scalar(halves, "select jophiel.tune_probes('default')") >= 80
