"""`jophiel db` as its user sees it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import SCRIPT
from tests.support.services import with_database

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunCli


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error of a command that failed as it should."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("jophiel: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_url_prints_the_url_and_nothing_else(run_cli: RunCli, database_url: str) -> None:
    done = run_cli("db", "url")
    assert (done.returncode, done.stdout, done.stderr) == (0, database_url + "\n", "")


def test_migrate_and_install_of_what_is_up_to_date(run_cli: RunCli) -> None:
    for command in ("migrate", "install"):
        done = run_cli("db", command)
        assert (done.returncode, done.stdout, done.stderr) == (0, "up to date\n", "")


def test_install_into_an_empty_database(run_cli: RunCli, empty_database_url: str) -> None:
    empty = {"JOPHIEL_DATABASE_URL": empty_database_url}
    assert "db install" in one_line(run_cli("db", "fingerprint", env=empty))
    assert run_cli("db", "install", env=empty).stdout == "installed\n"
    assert run_cli("db", "fingerprint", env=empty).stdout == run_cli("db", "fingerprint").stdout


def test_status_shows_no_password(run_cli: RunCli, database_url: str) -> None:
    done = run_cli("db", "status", "--json")
    facts = json.loads(done.stdout)
    assert (facts["running"], facts["installed"]) == (True, True)
    assert ":***@" in facts["address"]
    gone = run_cli("db", "status", env={"JOPHIEL_DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x"})
    assert gone.returncode == 0
    assert "running     no" in gone.stdout
    assert "secret" not in gone.stdout


def at_a_terminal(url: str, home: Path) -> str:
    """What psql, left at once by \\q, has on stderr where its stdin is a terminal."""
    ours, theirs = os.openpty()
    try:
        os.write(ours, b"\\q\n")
        done = subprocess.run(
            [str(SCRIPT), "db", "psql"],
            env={**os.environ, "JOPHIEL_DATABASE_URL": url, "JOPHIEL_HOME": str(home)},
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stderr
    finally:
        os.close(ours)
        os.close(theirs)


def test_psql_at_a_terminal_says_that_the_schema_is_missing(
    run_cli: RunCli, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    assert at_a_terminal(database_url, tmp_path) == ""
    said = at_a_terminal(empty_database_url, tmp_path)
    assert "run jophiel db install" in said
    assert said.count("\n") == 1
    # A script that reads stderr is left alone.
    assert run_cli("db", "psql", env={"JOPHIEL_DATABASE_URL": empty_database_url}, stdin="").stderr == ""


def test_psql_gets_the_address_and_the_arguments(run_cli: RunCli) -> None:
    done = run_cli("db", "psql", "-X", "-A", "-t", "-c", "select current_database() like 'jophiel_test%'")
    assert (done.returncode, done.stdout) == (0, "t\n")


def test_a_server_of_others_is_not_started_or_stopped(run_cli: RunCli) -> None:
    for command in ("start", "stop"):
        assert "JOPHIEL_DATABASE_URL" in one_line(run_cli("db", command))


@pytest.mark.parametrize("command", ["migrate", "install", "fingerprint"])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql//u:secret@127.0.0.1", "not a connection URL"),
    ],
)
def test_a_database_that_is_gone(run_cli: RunCli, command: str, url: str, words: str) -> None:
    error = one_line(run_cli("db", command, env={"JOPHIEL_DATABASE_URL": url}))
    assert words in error
    assert "secret" not in error


def test_a_read_only_database(run_cli: RunCli, empty_database_url: str) -> None:
    url = empty_database_url + "?options=-cdefault_transaction_read_only%3Don"
    error = run_cli("db", "install", env={"JOPHIEL_DATABASE_URL": url})
    assert (error.returncode, error.stderr.count("\n")) == (1, 1)
    assert "read-only" in error.stderr


def test_a_missing_database(run_cli: RunCli, server: str) -> None:
    url = with_database(server, "jophiel_is_not_here")
    assert "does not exist" in one_line(run_cli("db", "migrate", env={"JOPHIEL_DATABASE_URL": url}))


def test_wrong_usage_is_2(run_cli: RunCli) -> None:
    for arguments in (("nonsense",), ("db", "nonsense"), ("db", "url", "--nonsense"), ("db", "url", "extra")):
        done = run_cli(*arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_an_error_of_one_line(run_cli: RunCli) -> None:
    assert "JOPHIEL_LOG_LEVEL" in one_line(run_cli("db", "url", env={"JOPHIEL_LOG_LEVEL": "loud"}))


def test_reset_asks(run_cli: RunCli) -> None:
    done = run_cli("db", "reset", stdin="n\n")
    assert done.returncode == 1
    assert "Delete everything" in done.stderr
    assert run_cli("db", "reset", stdin="").returncode == 1


def test_errors_are_logged(run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("db", "start")
    (line,) = (tmp_path / "home" / "logs" / "cli.log").read_text().splitlines()
    assert json.loads(line)["level"] == "ERROR"


def test_an_unwritable_home_stops_no_command_that_needs_none(run_cli: RunCli, database_url: str) -> None:
    assert run_cli("db", "url", env={"JOPHIEL_HOME": "/dev/null/home"}).stdout == database_url + "\n"
