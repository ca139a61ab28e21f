"""Every statement that Python sends is one that this schema can plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from jophiel.database import queries
from jophiel.database.gateway import Gateway

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

PLANNED = ("select", "insert", "update", "delete", "with", "merge", "values")


def numbered(statement: str) -> str:
    """The statement with $1, $2, ... for its named parameters."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return re.sub(r"%\((\w+)\)s", number, statement).replace("%%", "%")


@pytest.mark.parametrize("name", sorted(queries.load()))
def test_every_block_can_be_planned(name: str, db: psycopg.Connection[Any]) -> None:
    statement = numbered(queries.load()[name])
    assert "*" not in re.findall(r"select\s+(\*)", statement)
    if statement.split(maxsplit=1)[0].lower() in PLANNED:
        assert db.execute(f"explain (generic_plan) {statement}".encode()).fetchall()


def test_every_block_is_used_by_the_gateway() -> None:
    source = "".join(
        queries._FILE.with_name(name).read_text()
        for name in (
            "gateway.py",
            "modelling.py",
            "evaluating.py",
            "embedding.py",
            "scratch.py",
            "asynchronous.py",
            "feed_pages.py",
        )
    )
    assert [name for name in queries.load() if f'"{name}"' not in source] == []


def test_a_block_is_named_once_and_has_a_statement(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text("-- The head.\n\n-- name: one\n-- Why.\nselect 1;\n\n-- name: two\nselect 2\n -- inside\n + 1;\n")
    assert queries.load(file) == {"one": "select 1", "two": "select 2\n -- inside\n + 1"}
    for number, text in enumerate(("-- name: a\nselect 1;\n-- name: a\nselect 2;\n", "-- name: a\n-- nothing\n")):
        broken = tmp_path / f"{number}.sql"
        broken.write_text(text)
        with pytest.raises(ValueError, match="'a'"):
            queries.load(broken)


def test_the_gateway_returns_types(db: psycopg.Connection[Any]) -> None:
    gateway = Gateway(db)
    version = gateway.server_version()
    assert version.server_version >= 170000
    assert version.pgvector_available is not None
    assert gateway.is_installed()
    assert gateway.meta("nothing of this name") is None
