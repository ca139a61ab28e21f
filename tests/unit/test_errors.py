from __future__ import annotations

import inspect
import os
import re
import socket

import psycopg
import pytest

from jophiel import errors
from jophiel.database.connection import connect, require_capable
from jophiel.database.resources import sql_folder
from jophiel.database.rows import ServerVersion

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.JophielError)]


def run(url: str, statement: str) -> None:
    with connect(url) as connection, errors.driver_errors():
        connection.execute(statement.encode())


@pytest.mark.parametrize("kind", CLASSES)
def test_the_docstring_is_the_message(kind: type[errors.JophielError]) -> None:
    error = kind()
    assert error.message == (kind.__doc__ or "").splitlines()[0].rstrip(".")
    assert "\n" not in str(error)
    assert error.hint in str(error)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("do $$ begin raise exception 'no' using errcode = 'JO999', hint = 'do it'; end $$", errors.EngineError),
        ("select * from jophiel.nothing", errors.NotInstalledError),
        ("begin read only; create table t (a int)", errors.ReadOnlyError),
        ("set statement_timeout = 10; select pg_sleep(5)", errors.BusyError),
        ("select 1 / 0", errors.DatabaseError),
        ("create extension vector_of_another_kind", errors.PgvectorMissingError),
    ],
)
def test_an_sqlstate_becomes_an_error_of_ours(
    empty_database_url: str, statement: str, kind: type[errors.JophielError]
) -> None:
    with pytest.raises(errors.DatabaseError) as caught:
        run(empty_database_url, statement)
    assert type(caught.value) is kind
    assert caught.value.sqlstate


def test_the_engines_message_and_hint_are_kept(empty_database_url: str) -> None:
    statement = "do $$ begin raise exception E'user 7\\nis unknown' using errcode = 'JO123', hint = 'Add it.'; end $$"
    with pytest.raises(errors.EngineError) as caught:
        run(empty_database_url, statement)
    assert str(caught.value) == "user 7 is unknown (Add it.)"
    assert caught.value.sqlstate == "JO123"


def test_every_sqlstate_of_the_engine_has_a_class() -> None:
    used = {code for path in sql_folder().rglob("*.sql") for code in re.findall(r"'(JO\d{3})'", path.read_text())}
    assert used - set(errors._ENGINE_ERRORS) == set()


def test_a_connection_killed_under_us(empty_database_url: str) -> None:
    with connect(empty_database_url) as ours, connect(empty_database_url) as theirs:
        theirs.execute("select pg_terminate_backend(%s)", (ours.info.backend_pid,))
        with pytest.raises(errors.ConnectionLostError), errors.driver_errors():
            ours.execute("select 1")
        with pytest.raises(errors.DatabaseUnreachableError), errors.driver_errors():
            ours.execute("select 1")


def test_a_server_that_vanishes_is_noticed_unless_its_address_says_otherwise(empty_database_url: str) -> None:
    def idle(url: str) -> int:
        with connect(url) as connection, socket.socket(fileno=os.dup(connection.fileno())) as seen:
            return seen.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)

    over_tcp = psycopg.conninfo.make_conninfo(empty_database_url, host="127.0.0.1")
    assert idle(over_tcp) == 30
    assert idle(psycopg.conninfo.make_conninfo(over_tcp, keepalives_idle=77)) == 77


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://u:top-secret@127.0.0.1:1/none", errors.DatabaseUnreachableError),
        ("postgresql://u:top-secret@127.0.0.1:no/none", errors.DatabaseUnreachableError),
        ("nonsense top-secret", errors.SettingsError),
        ("postgresql://u:top-secret@[::1/none", errors.SettingsError),
    ],
)
def test_an_address_that_leads_nowhere(url: str, kind: type[errors.JophielError]) -> None:
    with pytest.raises(kind) as caught:
        connect(url)
    assert "top-secret" not in str(caught.value)


def test_a_refused_login_and_a_missing_database(server: str) -> None:
    with pytest.raises(errors.LoginRefusedError):
        connect(psycopg.conninfo.make_conninfo(server, password="wrong"))
    with pytest.raises(errors.DatabaseMissingError):
        connect(psycopg.conninfo.make_conninfo(server, dbname="jophiel_is_not_here"))


def test_a_database_whose_drop_was_interrupted(empty_database_url: str, server: str) -> None:
    with connect(server) as connection:
        name = psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"]
        # What an interrupted DROP DATABASE leaves.
        connection.execute("update pg_database set datconnlimit = -2 where datname = %s", (name,))
    with pytest.raises(errors.DatabaseInvalidError) as caught:
        connect(empty_database_url)
    assert "jophiel demo" in str(caught.value)


def test_a_server_that_is_too_old_or_without_pgvector() -> None:
    require_capable(ServerVersion(170000, "0.8.0"))
    require_capable(ServerVersion(180004, "0.10.1"))
    with pytest.raises(errors.DatabaseTooOldError, match="PostgreSQL 16"):
        require_capable(ServerVersion(160009, "0.8.0"))
    with pytest.raises(errors.PgvectorMissingError, match="no pgvector"):
        require_capable(ServerVersion(180004, None))
    with pytest.raises(errors.PgvectorMissingError, match=r"pgvector is 0\.7\.4"):
        require_capable(ServerVersion(180004, "0.7.4"))


def test_passwords_are_struck_out() -> None:
    text = "postgresql://u:p:w@h/d and password='a b' and PASSWORD = x"
    assert errors.without_secrets(text) == "postgresql://u:***@h/d and password=*** and PASSWORD = ***"
