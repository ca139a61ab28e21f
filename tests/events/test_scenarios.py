from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from jophiel.events import messages
from jophiel.events.broker import connect
from jophiel.events.publisher import Publisher
from tests.support.consumers import SCRIPT, ready, until

if TYPE_CHECKING:
    import psycopg

    from jophiel.settings import Settings
    from tests.conftest import RunCli
    from tests.events.conftest import StartConsumer

NO_BROKER = {"JOPHIEL_AMQP_URL": ""}


def rows(db: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table of Jophiel has, once the batch has made anew the feeds that new samples have marked."""
    db.execute("call jophiel.run_batch()")
    tables = [
        row.tablename for row in db.execute("select tablename from pg_tables where schemaname = 'jophiel'").fetchall()
    ]
    counts = {}
    for table in sorted({*tables} - {"timings"}):
        found = db.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("jophiel", table))).fetchone()
        counts[table] = found[0] if found else -1
    return counts


@pytest.fixture
def catalogue(db: psycopg.Connection[Any]) -> None:
    items = [{"item_id": n, "creator_id": n % 5, "tags": [f"tag{n % 7}", f"tag{n % 3}"]} for n in range(1, 61)]
    db.execute("select jophiel.upsert_items(%s::jsonb)", (json.dumps(items),))
    db.execute("select jophiel.record_interaction(1, 1, 'like')")
    db.execute("call jophiel.run_batch()")


@pytest.mark.usefixtures("catalogue")
def test_every_event_of_the_contract_goes_as_it_should_and_leaves_no_trace(
    run_cli: RunCli, db: psycopg.Connection[Any]
) -> None:
    before = rows(db)
    done = run_cli("events", "scenarios", "--json", env=NO_BROKER)
    assert done.returncode == 0, done.stdout
    reports = json.loads(done.stdout)
    assert all(report["passed"] and not report["found"] for report in reports)
    acted = " ".join(report["scenario"] for report in reports)
    for (name,) in db.execute("select event_name from jophiel.event_types").fetchall():
        assert f".{name.rsplit('.', 1)[1]}" in acted
    assert rows(db) == before


def test_a_catalogue_of_text_keys_is_left_alone(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    items = [{"item_id": f"song {n}", "tags": ["ambient"]} for n in range(1, 61)]
    db.execute("select jophiel.upsert_items(%s::jsonb)", (json.dumps(items),))
    db.execute("call jophiel.run_batch()")
    done = run_cli("events", "scenarios", env=NO_BROKER)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("catalogue")
def test_a_difference_is_reported_and_leaves_no_trace_either(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    db.execute("update jophiel.event_types set interaction_type = 'play' where event_name = 'user.interaction.dislike'")
    db.execute(
        "delete from jophiel.event_types where event_name in ('user.lifecycle.deleted', 'sample.lifecycle.deleted')"
    )
    before = rows(db)
    done = run_cli("events", "scenarios", env=NO_BROKER)
    assert done.returncode == 1
    assert "scenarios went otherwise" in done.stderr
    assert rows(db) == before


@pytest.mark.usefixtures("catalogue")
def test_a_feed_that_does_not_react_is_reported(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    # Readers go on seeing what is stored.
    db.execute(
        """create function public.never_react() returns trigger language plpgsql as $$
             begin new.reaction_version := old.reaction_version; return new; end $$"""
    )
    db.execute(
        "create trigger never_react before update on jophiel.tastes for each row execute function public.never_react()"
    )
    done = run_cli("events", "scenarios", "--json", env=NO_BROKER)
    assert done.returncode == 1
    assert [report["scenario"] for report in json.loads(done.stdout) if not report["passed"]] == [
        "user.interaction.unfollow",
        "user.interaction.play, .skip, .view, .click",
    ]


@pytest.mark.usefixtures("catalogue")
def test_fields_are_called_as_the_database_says(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    db.execute("update jophiel.event_types set title_field = 'title', tags_field = 'words' where action = 'put_item'")
    db.execute(
        """update jophiel.event_types
              set user_field = 'viewer', item_field = case when item_field is not null then 'film' end,
                  creator_field = case when creator_field is not null then 'director' end
            where user_field is not null"""
    )
    done = run_cli("events", "scenarios", env=NO_BROKER)
    assert done.returncode == 0, done.stdout


@pytest.mark.usefixtures("catalogue")
def test_what_was_found_instead_is_below_the_table_in_words(run_cli: RunCli, db: psycopg.Connection[Any]) -> None:
    # Titles that no event brings.
    db.execute("update jophiel.event_types set title_field = null where action = 'put_item'")
    done = run_cli("events", "scenarios", env=NO_BROKER)
    assert done.returncode == 1
    assert "  titles: 11 <>, 12 <>, 13 <" in done.stdout
    assert "  user: known\n  profile: city Quito\n" in done.stdout
    assert "Facts(" not in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) < 200

    db.execute("delete from jophiel.event_types where event_name = 'user.interaction.follow'")
    found = json.loads(run_cli("events", "scenarios", "--json", env=NO_BROKER).stdout)
    (follow,) = [report for report in found if report["scenario"] == "user.interaction.follow"]
    assert 'rejected: event_name "user.interaction.follow" is unknown' in follow["found"]


@pytest.mark.usefixtures("catalogue")
def test_through_the_broker(
    run_cli: RunCli, consume: StartConsumer, amqp: dict[str, str], db: psycopg.Connection[Any]
) -> None:
    consume()
    done = run_cli("events", "scenarios", env=amqp)
    assert done.returncode == 0, done.stdout
    assert "user.interaction.follow" in done.stdout

    done = run_cli("events", "simulate-like", "--user", "1", "--json", env=amqp)
    assert done.returncode == 0, done.stderr
    change = json.loads(done.stdout)
    assert [row["item_id"] for row in change["left"]] == [change["item"]]
    assert len(change["entered"]) == 1
    assert change["milliseconds"] > 0
    assert db.execute("select count(*) from jophiel.interactions where user_id = 1").fetchone() == (2,)


def test_without_a_consumer_it_says_so_at_once(run_cli: RunCli, amqp: dict[str, str], settings: Settings) -> None:
    done = run_cli("events", "scenarios", env=amqp)
    assert done.returncode == 1
    assert "nobody consumes" in done.stderr
    assert "unset JOPHIEL_AMQP_URL" in done.stderr
    assert ready(settings, settings.broker.queue) == 0


@pytest.mark.usefixtures("catalogue")
def test_a_run_that_was_interrupted_leaves_nothing_in_feeds_and_one_that_was_killed_nothing_to_the_next(
    *,
    run_cli: RunCli,
    consume: StartConsumer,
    amqp: dict[str, str],
    settings: Settings,
    database_url: str,
    db: psycopg.Connection[Any],
) -> None:
    before = rows(db)
    # Takes its messages and keeps them: somebody consumes, nothing comes about.
    with connect(settings, "test") as connection:
        channel = connection.channel()
        channel.basic_consume(settings.broker.queue, lambda *_: None)
        environment = {**os.environ, **amqp, "JOPHIEL_DATABASE_URL": database_url, "JOPHIEL_HOME": str(settings.home)}
        running = subprocess.Popen([SCRIPT, "events", "scenarios"], env=environment, stderr=subprocess.PIPE)
        until(lambda: connection.process_data_events(0) or _locked(db))
        busy = run_cli("events", "scenarios", env=NO_BROKER)
        assert "somebody else" in busy.stderr
        running.terminate()
        running.communicate()
        assert running.returncode == 1
    # Of a killed one.
    sample = {"sample_id": 934_175_208_600_000_011, "creator_id": 934_175_208_600_000_002, "metadata": {"titulo": "x"}}
    event = messages.event("sample.lifecycle.created", sample, datetime.now(UTC), "test")
    Publisher(settings, settings.broker.exchange).publish(
        [messages.Outgoing("sample.lifecycle.created", json.dumps(event).encode())]
    )
    consume()
    done = run_cli("events", "scenarios", env=amqp)
    assert done.returncode == 0, done.stdout
    assert rows(db) == before


def _locked(db: psycopg.Connection[Any]) -> bool:
    found = db.execute(
        "select from pg_locks where locktype = 'advisory' and granted"
        " and database = (select oid from pg_database where datname = current_database())"
        " and (classid::bigint << 32) + objid::bigint = 934175208600000000"
    )
    return found.fetchone() is not None


@pytest.mark.usefixtures("catalogue")
def test_a_simulated_like_without_a_broker(run_cli: RunCli) -> None:
    done = run_cli("events", "simulate-like", "--user", "1", "--item", "7", env=NO_BROKER)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 likes 7")
    done = run_cli("events", "simulate-like", "--user", "1", "--item", "999999", env=NO_BROKER)
    assert done.returncode == 1
    assert "the item 999999 is unknown" in done.stderr
    done = run_cli("events", "simulate-like", "--user", "nobody", env=NO_BROKER)
    assert done.returncode == 1
    assert "nobody" in done.stderr
