"""The API's role can execute the functions of its door, and nothing else; PUBLIC has nothing."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from jophiel.database.resources import sql_folder
from tests.support import psql

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def role(db: psycopg.Connection[Any]) -> Iterator[str]:
    name = f"jophiel_api_{uuid.uuid4().hex[:8]}"
    db.execute(sql.SQL("create role {}").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        db.execute(sql.SQL("drop owned by {}; drop role {}").format(sql.Identifier(name), sql.Identifier(name)))


ALLOWED = """
    select p.oid::regprocedure::text as name
      from pg_proc as p
     where p.pronamespace = 'jophiel'::regnamespace
       and has_function_privilege(%s, p.oid, 'execute')
     order by 1"""


def test_the_role_executes_the_door_and_touches_no_table(db: psycopg.Connection[Any], role: str) -> None:
    assert db.execute(ALLOWED, (role,)).fetchall() == []
    granted = db.execute("select jophiel.grant_api(%s)", (role,)).fetchone()
    allowed = [row.name for row in db.execute(ALLOWED, (role,)).fetchall()]
    assert granted == (len(allowed),)
    assert len(allowed) > 30
    assert all(name.startswith("jophiel.api_") for name in allowed)
    tables = db.execute(
        """select c.relname
             from pg_class as c
            where c.relnamespace = 'jophiel'::regnamespace
              and c.relkind in ('r', 'v', 'm', 'S', 'p')
              and (has_table_privilege(%(role)s, c.oid, 'select, insert, update, delete, truncate, references, trigger')
                   or has_any_column_privilege(%(role)s, c.oid, 'select, insert, update, references'))""",
        {"role": role},
    ).fetchall()
    assert tables == []
    assert db.execute("select has_schema_privilege(%s, 'jophiel', 'create')", (role,)).fetchone() == (False,)


def test_every_function_of_the_door_pins_its_search_path(db: psycopg.Connection[Any]) -> None:
    rows = db.execute(
        """select p.proname, p.prosecdef, p.proconfig
             from pg_proc as p
            where p.pronamespace = 'jophiel'::regnamespace
              and (p.proname like 'api\\_%' or p.prosecdef)"""
    ).fetchall()
    for row in rows:
        assert row.proname.startswith("api_"), row
        assert row.prosecdef, row
        assert "search_path=pg_catalog, pg_temp" in row.proconfig, row


def test_public_has_nothing(db: psycopg.Connection[Any]) -> None:
    rows = db.execute(
        """select p.oid::regprocedure::text
             from pg_proc as p
            cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
            where p.pronamespace = 'jophiel'::regnamespace
              and a.grantee = 0
            union all
           select c.relname
             from pg_class as c
            cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as a
            where c.relnamespace = 'jophiel'::regnamespace
              and c.relkind <> 'i'
              and a.grantee = 0"""
    ).fetchall()
    assert rows == []


def test_an_upgrade_renews_the_grants(db: psycopg.Connection[Any], database_url: str, role: str) -> None:
    db.execute("select jophiel.grant_api(%s)", (role,))
    db.execute(
        sql.SQL("revoke execute on function jophiel.api_taste(text, integer) from {}").format(sql.Identifier(role))
    )
    psql.psql(database_url, "-f", sql_folder() / "install.sql")
    assert "jophiel.api_taste(text,integer)" in [row.name for row in db.execute(ALLOWED, (role,)).fetchall()]


def test_an_unknown_role(db: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.DatabaseError) as caught:
        db.execute("select jophiel.grant_api('nobody of this name')")
    assert caught.value.sqlstate == "JO001"


def test_the_role_is_refused_at_the_tables_and_the_inner_functions(db: psycopg.Connection[Any], role: str) -> None:
    db.execute("select jophiel.grant_api(%s)", (role,))
    db.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    try:
        for statement in (
            "select user_id from jophiel.users",
            "delete from jophiel.feeds",
            "create table jophiel.mine (a integer)",
            "select jophiel.delete_user(1)",
            "select jophiel.recompute_feed(1)",
            "select jophiel.grant_api('jophiel_api')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(statement.encode())
        assert db.execute("select jophiel.api_feeds() is not null").fetchone() == (True,)
    finally:
        db.execute("reset role")
