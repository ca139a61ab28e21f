from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.feeds import world

Connection = psycopg.Connection[Any]


def definitions(db: Connection) -> list[Any]:
    return db.execute("select * from jophiel.feed_definitions order by feed").fetchall()


def test_defaults_are_those_of_main(db: Connection) -> None:
    db.execute("select jophiel.define_feed('daily')")

    daily, main = definitions(db)
    assert daily == main._replace(feed="daily")


def test_changes_what_is_given_and_nothing_else(db: Connection) -> None:
    db.execute("""select jophiel.define_feed('daily', '{"size": 30, "filter": {"tags": ["x"]}, "max_age": "1 day"}')""")
    db.execute("""select jophiel.define_feed('daily', '{"diversity": 0.25, "creator_cap": 2, "exploration": 3}')""")
    db.execute(
        """select jophiel.define_feed('daily', '{"creator_cap": null, "is_scheduled": false, "domain": "film"}')"""
    )

    daily, _ = definitions(db)
    assert (daily.size, daily.filter, daily.max_age.days) == (30, {"tags": ["x"]}, 1)
    assert (daily.diversity, daily.creator_cap, daily.exploration) == (0.25, None, 3)
    assert (daily.is_scheduled, daily.domain, daily.policy) == (False, "film", "default")


MISTAKES = [
    ("", "{}", "JO001"),
    ("  ", "{}", "JO001"),
    (None, "{}", "JO001"),
    ("x", '{"policy": "nix"}', "JO006"),
    ("x", '{"policy": null}', "JO006"),
    ("x", "[]", "JO010"),
    ("x", "null", "JO010"),
    ("x", None, "JO010"),
    ("x", '{"sizes": 3}', "JO010"),
    ("x", '{"feed": "y"}', "JO010"),
    ("x", '{"content_version": 3}', "JO010"),
    ("x", '{"size": 0}', "JO010"),
    ("x", '{"size": 1001}', "JO010"),
    ("x", '{"size": "many"}', "JO010"),
    ("x", '{"size": null}', "JO010"),
    ("x", '{"size": 1e12}', "JO010"),
    ("x", '{"diversity": 1.5}', "JO010"),
    ("x", '{"diversity": "NaN"}', "JO010"),
    ("x", '{"creator_cap": 0}', "JO010"),
    ("x", '{"exploration": 101}', "JO010"),
    ("x", '{"max_age": "soon"}', "JO010"),
    ("x", '{"filter": {"tag": ["x"]}}', "JO021"),
    ("x", '{"filter": null}', "JO021"),
    ("x", '{"filter": []}', "JO021"),
    ("main", '{"size": 0}', "JO010"),
]


def test_errors_change_nothing(db: Connection) -> None:
    for feed, options, sqlstate in MISTAKES:
        before = definitions(db)

        with pytest.raises(psycopg.Error) as error:
            db.execute("select jophiel.define_feed(%s, %s)", (feed, options))

        assert error.value.sqlstate == sqlstate, options
        assert error.value.diag.message_hint
        assert definitions(db) == before


def test_a_deleted_feed_is_gone_with_everything(db: Connection) -> None:
    world.catalogue(db, 5)
    world.put_user(db, 1)
    db.execute("select jophiel.define_feed('daily')")
    world.recompute(db, 1)
    world.recompute(db, 1, "daily")
    db.execute("insert into jophiel.feed_marks values (1, 'daily', now()), (1, 'main', now())")

    db.execute("select jophiel.delete_feed('daily')")

    assert [row.feed for row in definitions(db)] == ["main"]
    assert db.execute("select feed from jophiel.feeds").fetchall() == [("main",)]
    assert db.execute("select feed from jophiel.feed_marks").fetchall() == [("main",)]


@pytest.mark.parametrize(("feed", "sqlstate"), [("nix", "JO005"), (None, "JO005"), ("main", "JO001")])
def test_what_cannot_be_deleted(db: Connection, feed: str | None, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        db.execute("select jophiel.delete_feed(%s)", (feed,))

    assert error.value.sqlstate == sqlstate
    assert len(definitions(db)) == 1
