"""`jophiel feed`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunCli


def test_show_and_explain_agree(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    shown = json.loads(run_cli("feed", "show", "1", "--limit", "3", "--json").stdout)
    assert [item["rank"] for item in shown["items"]] == [1, 2, 3]
    assert shown["items"][0]["title"]
    first = shown["items"][0]
    why = json.loads(run_cli("feed", "explain", "1", first["item_id"], "--json").stdout)
    assert why["score"] == pytest.approx(first["score"], abs=1e-4)
    assert {"similarity", "following", "novelty"} <= {reason["component"] for reason in why["reasons"]}
    assert first["title"] in run_cli("feed", "show", "1").stdout
    assert "similarity" in run_cli("feed", "explain", "1", first["item_id"]).stdout


def test_show_on_demand(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    def shown(*options: str) -> list[dict[str, Any]]:
        return list(json.loads(run_cli("feed", "show", "1", "--json", *options).stdout)["items"])

    plain = shown()
    assert [item["score"] for item in shown("--models", "following", "--limit", "2")] == [0.5, 0.5]
    assert shown("--models", "novelty,content") != plain
    assert shown("--policy", "default", "--cf-weight", "0") != plain
    wished, other = shown("--query", "xyzzy"), shown("--policy", "default")
    assert [item["item_id"] for item in wished] == [item["item_id"] for item in other]
    assert shown("--query", plain[3]["title"], "--query-weight", "9")[0]["item_id"] == plain[3]["item_id"]
    wrong = [("--query", " "), ("--query-weight", "1"), ("--models", "knn"), ("--cf-weight", "2"), ("--policy", "none")]
    for options in wrong:
        done = run_cli("feed", "show", "1", *options)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), options


def test_what_is_unknown_is_one_line(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    for arguments in (
        ("show", "nobody"),
        ("show", "1", "--feed", "none"),
        ("explain", "nobody", "1"),
        ("explain", "1", "nothing"),
    ):
        done = run_cli("feed", *arguments)
        assert (done.returncode, done.stdout) == (1, ""), arguments
        assert done.stderr.count("\n") == 1
        assert " -" not in done.stderr  # no number that stands for a key
    assert run_cli("feed", "show", "1", "--limit", "0").returncode == 2
