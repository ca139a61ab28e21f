"""`jophiel db seed`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from tests.conftest import RunCli

SMALL = ("db", "seed", "--users", "30", "--items", "200", "--interactions", "900", "--json")


def test_seed_fills_the_tables_and_installs_the_features(
    run_cli: RunCli, db: psycopg.Connection[Any], seeded: dict[str, Any]
) -> None:
    assert seeded["generated"]["interactions"] == 2000
    counts = db.execute(
        "select (select count(*) from jophiel.users) as users, (select count(*) from jophiel.items) as items, "
        "(select count(*) from jophiel.interactions) as events, (select count(*) from jophiel.feeds) as feeds"
    ).fetchone()
    assert counts == (50, 300, 2000, 50)
    assert db.execute("select count(*) from jophiel.features where feature = 'bpm'").fetchone() == (1,)
    assert db.execute("select count(*) from jophiel.item_vectors").fetchone() == (300,)
    assert db.execute("select bool_and(metadata ? 'planted_group') from jophiel.items").fetchone() == (True,)


def test_the_same_seed_twice_changes_nothing(run_cli: RunCli) -> None:
    assert run_cli(*SMALL).returncode == 0
    again = json.loads(run_cli(*SMALL).stdout)
    assert set(again["imported"].values()) == {0}


def test_features_that_somebody_chose_stay(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    db.execute("delete from jophiel.features where feature = 'title'")
    assert run_cli(*SMALL, "--domain", "loops").returncode == 0
    assert db.execute("select array_agg(feature order by feature) from jophiel.features").fetchone() == (
        ["description", "tags"],
    )
    assert db.execute("select distinct domain from jophiel.items").fetchall() == [("loops",)]


def test_wrong_sizes_are_wrong_usage(run_cli: RunCli) -> None:
    assert run_cli("db", "seed", "--users", "-1").returncode == 2
