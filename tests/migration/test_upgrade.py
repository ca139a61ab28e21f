"""Later releases: new migrations, edited ones, changed and retired functions. On folders of the test's own."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from jophiel.database.migrations import Outcome, manifest, migrate, sql_hash
from jophiel.database.resources import sql_folder
from jophiel.errors import MigrationEditedError, MigrationError

if TYPE_CHECKING:
    from pathlib import Path

FIRST = """\
-- The first tables.
create schema jophiel;
create table jophiel.meta (name text primary key, value text not null);
create table jophiel.things (id bigint primary key);
select 'yoyo prints this, Jophiel does not' as noise;
"""
INSTALL = "\\set ON_ERROR_STOP on\n\nbegin;\n\n\\ir retired.sql\n\\ir one.sql\n\ncommit;\n"
ONE = "create or replace function jophiel.one() returns integer language sql return 1;\n"


@dataclass(frozen=True)
class Release:
    """A small release in folders of its own."""

    url: str
    migrations: Path
    sql: Path

    def migrate(self) -> Outcome:
        return migrate(self.url, migrations=self.migrations, sql=self.sql)

    def value(self, statement: str) -> object:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


@pytest.fixture
def release(empty_database_url: str, tmp_path: Path) -> Release:
    """A first release, installed. Its folder has characters that a pattern would take for its own."""
    found = Release(empty_database_url, tmp_path / "migrations [x] *", tmp_path / "sql")
    found.migrations.mkdir()
    found.sql.mkdir()
    (found.migrations / "0001_first.sql").write_text(FIRST)
    (found.sql / "install.sql").write_text(INSTALL)
    (found.sql / "retired.sql").write_text("-- none yet\n")
    (found.sql / "one.sql").write_text(ONE)
    assert found.migrate() == Outcome(applied=("0001_first",), adopted=(), replayed=True)
    return found


def test_nothing_to_do_does_nothing(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.migrate() == Outcome(applied=(), adopted=(), replayed=False)
    assert capsys.readouterr() == ("", "")


def test_a_new_migration_is_applied(release: Release) -> None:
    (release.migrations / "0002_more.sql").write_text("alter table jophiel.things add column name text;\n")
    assert release.migrate() == Outcome(applied=("0002_more",), adopted=(), replayed=False)
    assert release.migrate() == Outcome(applied=(), adopted=(), replayed=False)


def test_a_failing_migration_leaves_nothing_and_names_itself(release: Release) -> None:
    file = release.migrations / "0002_more.sql"
    file.write_text("create table jophiel.half (a integer);\nselect 1 / 0;\n")
    with pytest.raises(MigrationError, match="migration 0002_more: division by zero"):
        release.migrate()
    assert release.value("select to_regclass('jophiel.half') is null") is True
    file.write_text("create table jophiel.half (a integer);\n")
    assert release.migrate().applied == ("0002_more",)


def test_an_edited_migration_is_refused(release: Release) -> None:
    (release.migrations / "0001_first.sql").write_text(FIRST + "-- edited\n")
    (release.sql / "one.sql").write_text(ONE.replace("return 1", "return 2"))
    with pytest.raises(MigrationEditedError, match="0001_first"):
        release.migrate()
    assert release.value("select jophiel.one()") == 1


def test_a_database_of_a_newer_release_is_refused(release: Release) -> None:
    newer = release.migrations / "0002_more.sql"
    newer.write_text("alter table jophiel.things add column name text;\n")
    release.migrate()
    newer.unlink()
    with pytest.raises(MigrationError, match="0002_more"):
        release.migrate()


def test_a_changed_function_is_replayed(release: Release) -> None:
    (release.sql / "one.sql").write_text(ONE.replace("return 1", "return 2"))
    assert release.migrate() == Outcome(applied=(), adopted=(), replayed=True)
    assert release.value("select jophiel.one()") == 2


def test_a_retired_signature_is_dropped(release: Release) -> None:
    (release.sql / "retired.sql").write_text("drop function if exists jophiel.one();\n")
    (release.sql / "one.sql").write_text(
        "create or replace function jophiel.one(p_more integer) returns integer language sql return 1 + p_more;\n"
    )
    release.migrate()
    assert release.value("select string_agg(oidvectortypes(proargtypes), ' ') from pg_proc where proname = 'one'") == (
        "integer"
    )


def test_settings_that_became_columns_keep_their_values(db: psycopg.Connection[Any]) -> None:
    moved = ["event_bytes", "reaction_events", "reaction_window", "taste_half_life_days"]
    db.execute(
        "insert into jophiel.settings (name, value, description) "
        "values ('reaction_events', '7', ''), ('taste_half_life_days', '12.5', '')"
    )
    for _ in range(2):
        db.execute((sql_folder() / "retired.sql").read_bytes())
        row = db.execute("select to_jsonb(e) - 'id' from jophiel.event_settings as e").fetchone()
        assert row is not None
        assert row[0] == dict(zip(moved, (262144, 7, 10, 12.5), strict=True))
        assert db.execute("select from jophiel.settings where name = any (%s)", (moved,)).rowcount == 0


def test_a_replay_is_all_or_nothing_and_names_the_file(release: Release) -> None:
    (release.sql / "one.sql").write_text(ONE.replace("return 1", "return 2"))
    (release.sql / "two.sql").write_text("create view jophiel.two as select nothing from jophiel.nowhere;\n")
    (release.sql / "install.sql").write_text(INSTALL.replace("\\ir one.sql", "\\ir one.sql\n\\ir two.sql"))
    with pytest.raises(MigrationError, match=r"two\.sql: .*jophiel\.nowhere"):
        release.migrate()
    assert release.value("select jophiel.one()") == 1


def test_an_index_can_be_built_concurrently_while_others_wait(release: Release) -> None:
    (release.migrations / "0002_index.sql").write_text(
        "-- transactional: false\ncreate index concurrently if not exists things_id_idx on jophiel.things (id);\n"
    )
    results: list[Outcome] = []
    threads = [threading.Thread(target=lambda: results.append(release.migrate())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome.applied for outcome in results) == [(), (), (), ("0002_index",)]
    assert release.value("select indisvalid from pg_index where indexrelid = 'jophiel.things_id_idx'::regclass") is True


def test_the_manifest_takes_no_other_line(release: Release) -> None:
    for line, message in (
        ("drop table jophiel.things;", "not understood"),
        ("\\ir missing.sql", "not there"),
        ("\\ir one.sql", "twice"),
    ):
        (release.sql / "install.sql").write_text(INSTALL + line + "\n")
        with pytest.raises(MigrationError, match=message):
            manifest(release.sql)


def test_the_hash_covers_names_order_and_content(release: Release) -> None:
    seen = {sql_hash(release.sql)}
    (release.sql / "two.sql").write_text("")
    for text in (
        INSTALL.replace("\\ir one.sql", "\\ir one.sql\n\\ir two.sql"),
        INSTALL.replace("\\ir one.sql", "\\ir two.sql\n\\ir one.sql"),
    ):
        (release.sql / "install.sql").write_text(text)
        seen.add(sql_hash(release.sql))
    (release.sql / "one.sql").write_text(ONE + "\n")
    seen.add(sql_hash(release.sql))
    assert len(seen) == 4
