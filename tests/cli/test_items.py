"""`jophiel items` and `jophiel index`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import RunCli


def test_similar_items_come_nearest_first(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    found = json.loads(run_cli("items", "similar", "1", "--limit", "5", "--json").stdout)
    scores = [item["score"] for item in found["items"]]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert "1" not in [item["item_id"] for item in found["items"]]
    assert found["title"] in run_cli("items", "similar", "1").stdout


def test_an_unknown_item_is_one_line(run_cli: RunCli) -> None:
    done = run_cli("items", "similar", "nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1


def test_cells_are_built_and_measured(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    built = json.loads(run_cli("index", "build", "--json").stdout)
    assert [found["domain"] for found in built] == ["default"]
    assert built[0]["cells"] > 1
    done = run_cli("index", "calibrate", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["default"]
    assert {row["measure"] for row in json.loads(done.stdout)["default"]} == {"recall", "overlap"}
    assert all(row["users"] > 0 and row["minimum"] <= row["mean"] <= 1 for row in json.loads(done.stdout)["default"])
    shown = run_cli("index", "calibrate")
    assert shown.returncode == 0
    assert [shown.stdout.count(word) for word in ("recall", "overlap", "measure")] == [1, 1, 1]


def test_a_domain_without_items_is_an_error(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    for command in ("build", "calibrate"):
        done = run_cli("index", command, "--domain", "films")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == 'jophiel: no item is of the domain "films" (There are: default.)\n'
