"""`jophiel user`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import RunCli


def test_taste_has_words_and_numbers(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    found = json.loads(run_cli("user", "taste", "1", "--json").stdout)
    assert found["terms"]["genero"]
    assert 60 <= found["numeric"]["bpm"]["mean"] <= 200
    shown = run_cli("user", "taste", "1").stdout
    assert "genero" in shown
    assert "%" in shown


def test_recalc_gives_the_same_feed(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    before = json.loads(run_cli("feed", "show", "1", "--limit", "10", "--json").stdout)["items"]
    done = json.loads(run_cli("user", "recalc", "1", "--json").stdout)
    assert [item["item_id"] for item in done["top"]] == [item["item_id"] for item in before]
    assert "recomputed in" in run_cli("user", "recalc", "1").stdout


def test_a_like_takes_the_item_out_of_the_feed(run_cli: RunCli, seeded: dict[str, Any]) -> None:
    top = json.loads(run_cli("feed", "show", "1", "--limit", "1", "--json").stdout)["items"][0]["item_id"]
    assert run_cli("user", "like", "1", top).returncode == 0
    after = json.loads(run_cli("feed", "show", "1", "--limit", "100", "--json").stdout)["items"]
    assert top not in [item["item_id"] for item in after]
    assert run_cli("user", "like", "1", top, "--type", "adore").returncode == 1


def test_unknown_users_are_one_line(run_cli: RunCli) -> None:
    for command in ("taste", "recalc"):
        done = run_cli("user", command, "nobody")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith('jophiel: there is no user "nobody" (')
        assert done.stderr.count("\n") == 1
    done = run_cli("user", "like", "nobody", "nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith('jophiel: there is no item "nothing"')
