"""The one place where errors become lines, and the lazy table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from jophiel import cli
from jophiel.errors import JophielError

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("kind")
def raising(kind: str) -> None:
    """Raise."""
    if kind == "ours":
        raise JophielError("over\ntwo lines", hint="a hint")
    if kind == "os":
        raise FileNotFoundError(2, "No such file or directory", "items.csv")
    if kind == "bug":
        raise KeyError("unforeseen")
    raise click.UsageError("wrong")


@pytest.mark.parametrize(
    ("kind", "code", "text"),
    [
        ("ours", 1, "jophiel: over two lines (a hint)\n"),
        ("os", 1, "jophiel: items.csv: No such file or directory\n"),
        ("bug", 1, "jophiel: internal error: KeyError: 'unforeseen'"),
        ("usage", 2, "Usage:"),
    ],
)
def test_an_error_becomes_one_line(
    kind: str, code: int, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOPHIEL_HOME", str(tmp_path))
    monkeypatch.setitem(cli.main.commands, "raising", raising)
    done = CliRunner().invoke(cli.main, ["raising", kind])
    assert done.exit_code == code
    assert done.stdout == ""
    assert done.stderr.startswith(text)
    assert "Traceback" not in done.stderr


def test_a_missing_module_leaves_out_its_command_alone() -> None:
    group = cli.LazyGroup(name="g", lazy={"db": "jophiel.cli.db:db", "gone": "jophiel.cli.not_there:gone"})
    context = click.Context(group)
    assert group.list_commands(context) == ["db"]
    assert group.get_command(context, "gone") is None
    assert group.get_command(context, "db") is not None


def test_every_command_has_a_line_of_help() -> None:
    context = click.Context(cli.main)
    for name in cli.main.list_commands(context):
        command = cli.main.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(), name
