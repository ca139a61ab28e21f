"""plpgsql_check over every function, on servers that have it (the image docker/postgres)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tools.plpgsql_check import findings, is_available

if TYPE_CHECKING:
    import psycopg


@pytest.fixture
def checked(db: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    if not is_available(db):
        pytest.skip("the server has no plpgsql_check")
    return db


def test_no_function_has_a_finding(checked: psycopg.Connection[Any]) -> None:
    assert findings(checked) == []


def test_planted_faults_are_found(checked: psycopg.Connection[Any]) -> None:
    checked.execute(
        """
        create function jophiel._planted(p_user_id bigint, p_unused text) returns bigint language plpgsql as $$
        declare
          v_count integer;
        begin
          select count(*) into v_count from jophiel.interactions as i where i.nowhere = p_user_id;
          execute 'select 1 from ' || p_unused;
          return v_count;
        end;
        $$
        """
    )
    found = findings(checked)
    assert {function.removeprefix("jophiel.") for function, *_ in found} == {"_planted(bigint,text)"}
    text = " ".join(str(row[3]) for row in found)
    assert "column i.nowhere does not exist" in text
    assert "not sanitized" in text
