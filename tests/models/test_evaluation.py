"""`jophiel evaluate`: the feeds of the SQL, in a database beside, which is gone afterwards."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import conninfo, sql

from jophiel.database.scratch import scratch_database
from jophiel.errors import InputError, PermissionDeniedError
from jophiel.models import evaluation
from jophiel.models.judgement import Difference, Judgement, Quality
from jophiel.models.metrics import Interval
from jophiel.models.training import train

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunCli

Connection = psycopg.Connection[Any]


def scratch_databases(db: Connection) -> int:
    found = db.execute("select count(*) from pg_database where datname like 'jophiel_scratch_%'").fetchone()
    assert found is not None
    return int(found[0])


def test_a_log_with_groups_in_it(imported: Connection, database_url: str) -> None:
    train(imported, model="neighbours", dimensions=8)
    in_use = imported.execute("select model_id from jophiel.models where state = 'active'").fetchall()
    options = evaluation.Options(users=100, dimensions=8)

    with scratch_database(database_url) as scratch:
        found = evaluation.evaluate(imported, scratch, options)
    with scratch_database(database_url) as scratch:
        again = evaluation.evaluate(imported, scratch, options)

    assert found == again
    assert list(found.qualities) == ["in use", "hybrid", "popularity", "content", "collaborative"]
    assert (found.users, found.split) == (100, "temporal")
    assert 0 < found.test_events <= 240
    assert all(quality.without_feed == 0 for quality in found.qualities.values())
    assert found.differences["popularity"].verdict == "better"
    assert found.differences["content"].verdict in {"better", "no difference"}
    # What is served is as it was.
    assert imported.execute("select model_id from jophiel.models where state = 'active'").fetchall() == in_use
    assert scratch_databases(imported) == 0


def test_what_is_worse_than_the_model_in_use_is_reported(imported: Connection, database_url: str) -> None:
    train(imported, model="neighbours")
    with scratch_database(database_url) as scratch:
        found = evaluation.evaluate(imported, scratch, evaluation.Options(model="svd", dimensions=1))
    assert found.differences["in use"].verdict == "worse"


def test_a_split_that_leaves_nothing_is_an_error(imported: Connection, database_url: str) -> None:
    with (
        pytest.raises(InputError, match="leaves nobody"),
        scratch_database(database_url) as scratch,
    ):
        evaluation.evaluate(imported, scratch, evaluation.Options(split="k-shot", shots=500))
    assert scratch_databases(imported) == 0


def test_a_role_that_may_not_create_databases(db: Connection, database_url: str) -> None:
    role = f"jophiel_test_{uuid4().hex[:8]}"
    db.execute(sql.SQL("create role {} login password 'x'").format(sql.Identifier(role)))
    try:
        with (
            pytest.raises(PermissionDeniedError, match=r"no database can be created.*CREATEDB"),
            scratch_database(conninfo.make_conninfo(database_url, user=role, password="x")),
        ):
            pytest.fail("it was created")
    finally:
        db.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def test_the_command_on_files(db: Connection, run_cli: RunCli, tmp_path: Path) -> None:
    items, log = tmp_path / "items.csv", tmp_path / "log.csv"
    with items.open("w", newline="") as file:
        csv.writer(file).writerows([("item_id", "tags"), *((f"i{n}", f"g{n % 4}") for n in range(40))])
    with log.open("w", newline="") as file:
        rows = [
            (f"u{user}", f"i{(user % 4 + 4 * ((user + step) % 10)) % 40}", 1_600_000_000 + 1000 * step + user)
            for user in range(80)
            for step in range(6)
        ]
        csv.writer(file).writerows([("user_id", "item_id", "ts"), *rows])

    done = run_cli("evaluate", "--items", str(items), "--interactions", str(log), "--split", "leave-one-out", "--json")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["users"] == 80
    assert set(found["qualities"]) == {"hybrid", "popularity", "content", "collaborative"}
    assert found["qualities"]["hybrid"]["recall"]["mean"] >= 0.9
    assert db.execute("select count(*) from jophiel.items").fetchone() == (0,)
    assert "training on that part, which chooses the model anew ..." in done.stderr
    assert scratch_databases(db) == 0
    wrong = run_cli("evaluate", "--items", str(items))
    assert (wrong.returncode, "go together" in wrong.stderr) == (2, True)
    nothing = run_cli("evaluate")
    assert (nothing.returncode, "nothing to learn from" in nothing.stderr) == (1, True)
    assert scratch_databases(db) == 0


def test_what_the_command_finds_of_the_database_is_kept(imported: Connection, run_cli: RunCli) -> None:
    done = run_cli("evaluate", "--users", "60", "--dimensions", "8", "--model", "svd", "--seed", "3", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    rows = imported.execute("select split, model, options, found from jophiel.evaluations").fetchall()
    ((split, model, options, found),) = rows
    assert (split, model, options["seed"], options["users"]) == ("temporal", "svd", 3, 60)
    assert {"split": split, "model": model, **found} == said
    first = found["qualities"]["hybrid"]["by_history"]["5 to 19"]
    assert 0 <= first["ndcg"]["low"] <= first["ndcg"]["mean"] <= first["ndcg"]["high"]


def test_the_report_says_whose_choice_the_model_was(capsys: pytest.CaptureFixture[str]) -> None:
    from jophiel.cli.evaluate import _print  # noqa: PLC0415

    interval = Interval(0.1, 0.0, 0.2)
    quality = Quality(interval, interval, interval, interval, 0.1, 1.0, 0.5, 0.5, {}, {"users": 0}, 0)
    found = Judgement(1, 2, 3, {"hybrid": quality}, {}, split="temporal", model="svd+ease")
    for is_named in (False, True):
        _print(found, is_named=is_named)
        said = capsys.readouterr().out
        assert said.startswith("svd+ease, temporal: 1 users")
        assert ("svd+ease was chosen anew on the events learnt from" in said) is not is_named


def test_what_cannot_be_kept_is_said_all_the_same(db: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    from jophiel.cli.evaluate import _keep  # noqa: PLC0415
    from jophiel.models.judgement import Judgement  # noqa: PLC0415

    db.execute("set default_transaction_read_only = on")
    _keep(db, {}, Judgement(1, 2, 3, {}, {}, split="temporal", model="svd"))
    assert "it is not kept" in capsys.readouterr().err


def test_a_verdict_says_than_what_the_feeds_are_worse(imported: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, mixed = Interval(-0.2, -0.3, -0.1), Interval(0.2, 0.1, 0.3)
    differences = {
        "in use": Difference(lost, lost),
        "popularity": Difference(Interval(0, -0.1, 0.1), lost),
        "content": Difference(lost, mixed),
    }
    found = Judgement(1, 2, 3, {}, differences, split="temporal", model="svd")
    monkeypatch.setattr(evaluation, "evaluate", lambda *_, **__: found)
    said = evaluation.verdict(imported, imported, evaluation.Options())
    assert said == "its feeds are worse than those of the model in use and popularity"
    kept = imported.execute(
        "select found -> 'differences' -> 'in use' ->> 'verdict' as verdict from jophiel.evaluations"
    )
    assert kept.fetchall() == [("worse",)]
    better = replace(found, differences={"content": differences["content"]})
    monkeypatch.setattr(evaluation, "evaluate", lambda *_, **__: better)
    assert evaluation.verdict(imported, imported, evaluation.Options()) is None
