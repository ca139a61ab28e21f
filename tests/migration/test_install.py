"""Every way of installing ends in the same schema, however often it is tried, interrupted or raced."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql as composed

from jophiel.database import migrations
from jophiel.database.fingerprint import fingerprint
from jophiel.database.migrations import migrate
from jophiel.database.resources import migrations_folder, sql_folder
from jophiel.errors import ReadOnlyError
from tests.conftest import SCRIPT
from tests.support import psql

if TYPE_CHECKING:
    from pathlib import Path

    from jophiel.database.fingerprint import Fingerprint
    from tests.conftest import RunCli


def fingerprint_of(url: str) -> Fingerprint:
    with psycopg.connect(url) as connection:
        return fingerprint(connection)


@pytest.fixture
def expected(database_url: str) -> Fingerprint:
    """The fingerprint of a database installed by the command line's code."""
    return fingerprint_of(database_url)


def start_migrate(url: str, home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "JOPHIEL_DATABASE_URL": url, "JOPHIEL_HOME": str(home)}
    return subprocess.Popen(
        [str(SCRIPT), "db", "migrate"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_psql_alone_makes_the_same_schema(empty_database_url: str, expected: Fingerprint) -> None:
    psql.install(empty_database_url)
    assert fingerprint_of(empty_database_url).lines == expected.lines


def test_install_sql_may_be_run_again_by_hand(database_url: str, expected: Fingerprint) -> None:
    psql.psql(database_url, "-f", sql_folder() / "install.sql")
    assert fingerprint_of(database_url).lines == expected.lines


def test_a_database_made_by_psql_is_adopted(empty_database_url: str, expected: Fingerprint) -> None:
    psql.install(empty_database_url)
    first = migrate(empty_database_url)
    names = tuple(path.stem for path in sorted(migrations_folder().glob("*.sql")))
    assert (first.applied, first.adopted) == ((), names)
    second = migrate(empty_database_url)
    assert (second.applied, second.adopted, second.replayed) == ((), (), False)
    assert fingerprint_of(empty_database_url).lines == expected.lines


def test_the_fingerprint_sees_each_kind_of_change(database_url: str, expected: Fingerprint) -> None:
    for change in (
        "create table jophiel.extra (a integer)",
        "comment on table jophiel.meta is 'other'",
        "alter table jophiel.meta add column extra integer default 3",
        "alter table jophiel.meta alter column value drop not null",
        "create index on jophiel.meta (value)",
        "alter table jophiel.meta add constraint extra check (value <> '')",
        "create function jophiel.extra() returns integer language sql return 1",
        "create view jophiel.extra_view as select 1 as one",
        "grant select on jophiel.meta to public",
        "grant execute on all functions in schema jophiel to public",
    ):
        with psycopg.connect(database_url) as connection:
            connection.execute(change.encode())
            assert fingerprint(connection).digest != expected.digest, change
            connection.rollback()
    assert fingerprint_of(database_url) == expected


def test_the_fingerprint_does_not_depend_on_the_search_path(database_url: str, expected: Fingerprint) -> None:
    for path in ("jophiel, public", "pg_catalog", "public"):
        with psycopg.connect(database_url, options=f"-csearch_path={path.replace(' ', '')}") as connection:
            assert fingerprint(connection) == expected


def test_ten_installers_at_once(empty_database_url: str, expected: Fingerprint, tmp_path: Path) -> None:
    started = [start_migrate(empty_database_url, tmp_path) for _ in range(10)]
    answers = [(*process.communicate(timeout=120), process.returncode) for process in started]
    assert [code for _, _, code in answers] == [0] * 10, answers
    assert sorted(output for output, _, _ in answers) == ["installed\n"] + ["up to date\n"] * 9
    assert fingerprint_of(empty_database_url).lines == expected.lines


@pytest.mark.parametrize("seed", range(8))
def test_killed_half_way_and_run_again(
    empty_database_url: str, expected: Fingerprint, tmp_path: Path, seed: int
) -> None:
    for _ in range(3):
        process = start_migrate(empty_database_url, tmp_path)
        time.sleep(random.Random(seed).uniform(0.1, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    migrate(empty_database_url)
    assert fingerprint_of(empty_database_url).lines == expected.lines


def test_killed_between_the_commit_and_the_mark(
    empty_database_url: str, expected: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(migrations._Backend, "mark_one", killed)
        with pytest.raises(SystemExit):
            migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select to_regclass('jophiel.meta') is not null").fetchone() == (True,)
        # what a kill leaves of yoyo's lock
        connection.execute("insert into jophiel_migrations.yoyo_lock (pid) values (1) on conflict do nothing")
    outcome = migrate(empty_database_url)
    first, *later = sorted(path.stem for path in migrations_folder().glob("*.sql"))
    assert (outcome.applied, outcome.replayed) == (tuple(later), True)
    assert first not in outcome.applied
    assert fingerprint_of(empty_database_url).lines == expected.lines


def test_nothing_lands_outside_the_two_schemas(database_url: str, db: psycopg.Connection[object]) -> None:
    rows = db.execute(
        "select distinct n.nspname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname not like 'pg\\_%%' and n.nspname <> 'information_schema' order by 1"
    ).fetchall()
    assert rows == [("jophiel",), ("jophiel_migrations",)]


def test_an_owner_who_is_no_superuser_can_install(server: str, empty_database_url: str, expected: Fingerprint) -> None:
    role = f"jophiel_owner_{uuid.uuid4().hex[:8]}"
    name = urlsplit(empty_database_url).path[1:]
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute("create extension vector with schema public")
        admin.execute(composed.SQL("create role {} login password 'secret'").format(composed.Identifier(role)))
        try:
            admin.execute(
                composed.SQL("grant all on database {} to {}").format(
                    composed.Identifier(name), composed.Identifier(role)
                )
            )
            address = urlsplit(empty_database_url)
            url = address._replace(netloc=f"{role}:secret@{address.hostname}:{address.port}").geturl()
            migrate(url)
            assert fingerprint_of(empty_database_url).lines == expected.lines
        finally:
            admin.execute(composed.SQL("drop owned by {}").format(composed.Identifier(role)))
            admin.execute(composed.SQL("drop role {}").format(composed.Identifier(role)))


def test_a_read_only_database_is_refused_and_one_that_is_up_to_date_is_fine(
    empty_database_url: str, database_url: str
) -> None:
    option = "?options=-cdefault_transaction_read_only%3Don"
    with pytest.raises(ReadOnlyError):
        migrate(empty_database_url + option)
    assert migrate(database_url + option).applied == ()


def test_reset_drops_and_installs_again(run_cli: RunCli, database_url: str, expected: Fingerprint) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create table public.mine as select 1 as one")
        connection.execute("create table jophiel.theirs (a integer)")
    refused = run_cli("db", "reset", stdin="n\n")
    assert refused.returncode == 1
    assert fingerprint_of(database_url) != expected
    done = run_cli("db", "reset", "--yes")
    assert done.returncode == 0, done.stderr
    assert fingerprint_of(database_url).lines == expected.lines
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select one from public.mine").fetchone() == (1,)
