"""`jophiel train`, end to end."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest

from jophiel.errors import InputError, ModelRefusedError, TrainingBusyError, TrainingLostError
from jophiel.models import algorithms, choice, training
from jophiel.models.training import read_log, train
from tests.conftest import SCRIPT
from tests.sql.models.trained import states

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.conftest import RunCli

Connection = psycopg.Connection[Any]

USERS, ITEMS, GROUPS = 240, 150, 6


@pytest.fixture
def learned(db: Connection) -> Connection:
    """Users who like 12 items of their group, and 3 of any; items without any content."""
    draw = np.random.default_rng(7)
    rows = []
    for user in range(1, USERS + 1):
        own = draw.choice(ITEMS // GROUPS, 12, replace=False) * GROUPS + user % GROUPS + 1
        rows += [(user, int(item)) for item in {*own.tolist(), *draw.choice(ITEMS, 3, replace=False).tolist()} if item]
    db.execute(
        "insert into jophiel.items (item_id, created_at, updated_at) "
        "select n, '2025-01-01', '2025-01-01' from generate_series(1, %s) as n",
        (ITEMS,),
    )
    db.execute(
        "insert into jophiel.users (user_id, created_at, updated_at) "
        "select n, now(), now() from generate_series(1, %s) as n",
        (USERS,),
    )
    with db.cursor().copy(
        "copy jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at) from stdin"
    ) as copy:
        for number, (user, item) in enumerate(rows):
            when = f"2026-01-{1 + number % 28:02}T00:00:00Z"
            copy.write_row((user, f"00000000-0000-4000-8000-{number:012}", item, "like", when, when))
    db.execute("select jophiel._lock_tastes(array(select user_id from jophiel.users))")
    db.execute("select jophiel.mark_tastes_stale()")
    db.execute("call jophiel.revectorise()")
    return db


def exact(db: Connection, model: Any, top: int) -> dict[int, list[int]]:
    """The model's own ranking in memory: sum of decayed in-vectors times out-vectors, what was liked left out."""
    log = read_log(db).log
    places = np.searchsorted(model.item_ids, log.item_ids)
    lists = {}
    for user in np.unique(log.user_ids):
        mine = log.user_ids == user
        weights = log.weights[mine] * 2.0 ** ((log.epochs[mine] - log.epochs[mine].max()) / (60 * 86400))
        scores = (weights[:, None] * model.in_vectors[places[mine]]).sum(axis=0) @ model.out_vectors.T
        scores[places[mine]] = -np.inf
        lists[int(user)] = model.item_ids[np.argsort(-scores, kind="stable")[:top]].tolist()
    return lists


def ndcg(found: list[int], wanted: list[int]) -> float:
    gains: NDArray[np.float64] = 1 / np.log2(np.arange(len(wanted)) + 2)
    return float(sum(gain for item, gain in zip(found, gains, strict=False) if item in wanted) / gains.sum())


def feeds(db: Connection) -> dict[int, list[int]]:
    return dict(db.execute("select user_id, item_ids from jophiel.feeds").fetchall())


def test_feeds_are_the_models_ranking(learned: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []

    def fit(*arguments: Any, **options: Any) -> Any:
        fitted.append(original(*arguments, **options))
        return fitted[-1]

    original = algorithms.fit
    monkeypatch.setattr(choice, "fit", fit)
    learned.execute('select jophiel.define_policy(\'default\', \'{"novelty": 0, "following": 0, "similarity": 0}\')')
    trained = train(learned, model="svd", dimensions=16)
    assert (trained.name, trained.users, trained.items, trained.offered) == ("svd", USERS, ITEMS, ITEMS)
    assert trained.dimensions == 16
    learned.execute("call jophiel.run_batch()")
    wanted, found = exact(learned, fitted[-1], 20), feeds(learned)
    assert len(found) == USERS
    assert np.mean([ndcg(found[user][:20], wanted[user]) for user in wanted]) >= 0.98
    seen = learned.execute(
        "select count(*) as seen from jophiel.interactions as i join jophiel.feeds as f using (user_id) "
        "where i.item_id = any (f.item_ids)"
    ).fetchone()
    assert seen is not None
    assert seen.seen == 0


def test_the_same_seed_the_same_model(learned: Connection) -> None:
    train(learned, dimensions=8, seed=3)
    learned.execute("call jophiel.run_batch()")
    once = feeds(learned)
    train(learned, dimensions=8, seed=3)
    learned.execute("call jophiel.run_batch()")
    assert feeds(learned) == once
    assert sorted(states(learned).values()) == ["active", "retired"]


def test_nothing_to_learn_from(db: Connection) -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        train(db)
    assert db.execute("select count(*) from jophiel.models").fetchone() == (0,)
    # Who asked for one is answered.
    asked = db.execute("select jophiel.request_training()").fetchone()
    assert asked is not None
    with pytest.raises(InputError, match="nothing to learn from"):
        train(db, model_id=asked[0])
    row = db.execute("select state, error from jophiel.models").fetchone()
    assert row == ("failed", "InputError: there is nothing to learn from (Import interactions, or wait for events.)")


def test_a_model_that_is_worse_is_kept_and_not_used(learned: Connection, run_cli: RunCli) -> None:
    train(learned, model="svd", dimensions=8)
    before = states(learned)
    with pytest.raises(ModelRefusedError, match="neighbours would make feeds worse than svd"):
        train(learned, model="neighbours", parameters={"kept": 1.0})
    assert sorted(states(learned).values()) == ["active", "ready"]
    assert states(learned)[next(iter(before))] == "active"
    refused = next(model for model, state in states(learned).items() if state == "ready")
    with pytest.raises(psycopg.Error, match="neighbours would make feeds worse than svd") as caught:
        learned.execute("select jophiel.activate_model(%s)", (refused,))
    assert caught.value.sqlstate == "JO034"
    done = run_cli("models", "activate", str(refused))
    assert (done.returncode, "--force" in done.stderr) == (1, True)
    assert states(learned)[next(iter(before))] == "active"
    assert run_cli("models", "activate", str(refused), "--force").returncode == 0
    assert states(learned)[refused] == "active"
    learned.execute("select jophiel.rollback_model()")
    train(learned, model="neighbours", parameters={"kept": 1.0}, force=True)
    assert states(learned)[next(iter(before))] == "retired"


def test_what_was_refused_takes_force_whatever_is_in_use_meanwhile(learned: Connection) -> None:
    train(learned, model="svd", dimensions=8)
    with pytest.raises(ModelRefusedError):
        train(learned, model="neighbours", parameters={"kept": 1.0})
    learned.execute("select jophiel.rollback_model()")
    refused = learned.execute("select model_id from jophiel.models where name = 'neighbours'").fetchone()
    assert refused is not None
    with pytest.raises(psycopg.Error) as caught:
        learned.execute("select jophiel.activate_model(%s)", (refused.model_id,))
    assert caught.value.sqlstate == "JO034"
    learned.execute("select jophiel.activate_model(%s, true)", (refused.model_id,))
    assert states(learned)[refused.model_id] == "active"


def test_what_validation_chose_is_compared_with_what_it_did_not_try(
    learned: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(learned, model="svd", dimensions=8)
    for module in (choice, training):
        monkeypatch.setattr(module, "TRIED", ("neighbours",))
    with pytest.raises(ModelRefusedError, match="neighbours would make feeds worse than svd"):
        train(learned, parameters={"kept": 1.0})
    assert sorted(states(learned).values()) == ["active", "ready"]
    told: list[str] = []
    train(learned, model="svd", dimensions=8, tell=told.append)
    assert not any("comparing" in line for line in told), "what is in use was among what was tried"


def test_what_is_in_use_is_fitted_anew_where_nothing_that_is_tried_is_as_good(
    learned: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(learned, model="svd", dimensions=8)
    weak = {**algorithms.neighbours.PARAMETERS, "kept": 1}
    monkeypatch.setitem(algorithms._FITS, "neighbours", (algorithms.neighbours.fit, weak))
    for module in (choice, training):
        monkeypatch.setattr(module, "TRIED", ("neighbours",))
    trained = train(learned)
    assert (trained.name, trained.dimensions) == ("svd", 8)
    assert sorted(states(learned).values()) == ["active", "retired"]


def test_models_that_are_not_wanted_do_not_pile_up(learned: Connection) -> None:
    learned.execute("update jophiel.settings set value = '2' where name = 'models_kept'")
    for _ in range(4):
        with pytest.raises(ModelRefusedError):
            train(learned, dimensions=4, judge=lambda: "nobody likes it")
    assert sorted(states(learned).values()) == ["discarded", "discarded", "ready", "ready"]
    assert learned.execute(
        "select count(distinct model_id) from (select model_id from jophiel.model_vectors "
        "union select model_id from jophiel.item_neighbours) as m"
    ).fetchone() == (2,)


def test_too_few_to_judge_by_are_no_comparison(learned: Connection) -> None:
    # Somebody is held out, and fewer than it takes.
    learned.execute("delete from jophiel.interactions where user_id > 10")
    train(learned, model="svd", dimensions=4)
    train(learned, model="neighbours")
    assert sorted(states(learned).values()) == ["active", "retired"]


def test_a_further_opinion_decides(learned: Connection) -> None:
    with pytest.raises(ModelRefusedError, match="its feeds are worse than popularity"):
        train(learned, dimensions=4, judge=lambda: "its feeds are worse than popularity")
    assert sorted(states(learned).values()) == ["ready"]
    with pytest.raises(psycopg.Error) as caught:
        learned.execute("select jophiel.activate_model(model_id) from jophiel.models")
    assert caught.value.sqlstate == "JO034", "popularity is always there"
    train(learned, dimensions=4, judge=lambda: "never asked", force=True)
    train(learned, dimensions=4, judge=lambda: None)
    assert sorted(states(learned).values()) == ["active", "ready", "retired"]


def test_train_after_an_evaluation(learned: Connection, run_cli: RunCli) -> None:
    done = run_cli("train", "--dimensions", "4", "--evaluate")
    assert done.returncode == 0, done.stderr
    assert "feeds: popularity" in done.stderr
    kept = learned.execute("select found -> 'worse_than' as worse from jophiel.evaluations").fetchone()
    assert kept == ([],)
    assert sorted(states(learned).values()) == ["active"]


def test_one_training_at_a_time(learned: Connection, database_url: str) -> None:
    with (
        psycopg.connect(database_url, autocommit=True) as other,
        training.training(other),
        pytest.raises(TrainingBusyError),
    ):
        train(learned)
    assert states(learned) == {}
    train(learned, dimensions=4)


def test_a_training_that_loses_its_place_ends(learned: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_place() -> int:
        learned.execute("select jophiel._begin_model(gen_random_uuid(), 'another', '{}')")
        return 1

    monkeypatch.setattr(training, "peak_bytes", take_place)
    with pytest.raises(TrainingLostError, match="is not being built"):
        train(learned, dimensions=4)
    assert sorted(states(learned).values()) == ["building", "failed"]


def test_killed_half_way_it_leaves_the_model_in_use_alone(
    learned: Connection, database_url: str, tmp_path: Any
) -> None:
    train(learned, dimensions=4)
    before = states(learned)
    offers = learned.execute("select item_id, offer::text from jophiel.item_vectors order by 1").fetchall()
    # What it writes cannot be finished while somebody holds the table.
    with psycopg.connect(database_url) as holder:
        holder.execute("lock table jophiel.model_vectors in share mode")
        with subprocess.Popen(
            [str(SCRIPT), "train", "--model", "svd"],
            env={"JOPHIEL_DATABASE_URL": database_url, "JOPHIEL_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            deadline = time.monotonic() + 60
            while not (
                holder.execute(
                    "select 1 from pg_locks where not granted and relation = 'jophiel.model_vectors'::regclass"
                ).fetchone()
            ):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            process.communicate()
    assert learned.execute("select item_id, offer::text from jophiel.item_vectors order by 1").fetchall() == offers
    left = states(learned)
    assert sorted(left.values()) == ["active", "building"]
    for _ in range(100):
        try:
            train(learned, dimensions=4)
            break
        except TrainingBusyError:
            # The server has not noticed yet that its client is gone.
            time.sleep(0.1)
    assert sorted(states(learned).values()) == ["active", "failed", "retired"]
    assert states(learned)[next(iter(before))] == "retired"


def test_the_commands(learned: Connection, run_cli: RunCli) -> None:
    done = run_cli("train", "--model", "svd", "--dimensions", "8", "--json")
    assert done.returncode == 0, done.stderr
    trained = json.loads(done.stdout)
    assert trained["interactions"] == len(read_log(learned).log.user_ids)
    assert "fitting svd" in done.stderr
    listed = json.loads(run_cli("models", "list", "--json").stdout)["models"]
    assert [(model["model_id"], model["state"]) for model in listed] == [(trained["model_id"], "active")]
    assert "svd" in run_cli("models", "list").stdout
    assert run_cli("models", "rollback").stdout == "no model is in use; next: jophiel batch run\n"
    assert f"{ITEMS} items are offered" in run_cli("models", "activate", trained["model_id"]).stdout
    assert run_cli("models", "activate", trained["model_id"]).stdout == "it is in use already\n"
    run_cli("models", "rollback")
    learned.execute("select jophiel.delete_item(item_id) from jophiel.items")
    done = run_cli("models", "activate", trained["model_id"])
    assert done.stdout == "0 items are offered with it; next: jophiel batch run\n"
    wrong = run_cli("models", "activate", "00000000-0000-4000-8000-000000000000")
    assert (wrong.returncode, "it is unknown" in wrong.stderr) == (1, True)
    assert run_cli("train", "--dimensions", "513").returncode == 2


def test_an_empty_database_is_an_error_and_no_failed_training(db: Connection, run_cli: RunCli) -> None:
    done = run_cli("train")
    assert done.returncode == 1
    assert "there is nothing to learn from" in done.stderr
    assert "Import interactions" in done.stderr
    assert db.execute("select count(*) from jophiel.models").fetchone() == (0,)


def test_the_list_of_models_is_narrow_and_says_why_one_failed(db: Connection, run_cli: RunCli) -> None:
    why = "ImportError: " + "a long story " * 30
    for name, error in (("svd+neighbours", None), ("als", why)):
        db.execute(
            "insert into jophiel.models (model_id, name, state, error, interactions, fit_seconds, created_at) "
            "values (gen_random_uuid(), %s, %s, %s, 20000000, 1234.5, now())",
            (name, "failed" if error else "discarded", error),
        )
    done = run_cli("models", "list")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines if line[0] in "┏┡│└") <= 120
    assert [line for line in lines if line.rstrip().endswith(f"failed: {why}".rstrip())]


@pytest.mark.parametrize("name", ["bogus", "svd+svd", "svd+ease+svd"])
def test_a_model_that_there_is_not_is_refused_before_anything_is_written(learned: Connection, name: str) -> None:
    with pytest.raises(InputError, match=r"there is no model|cannot be one model"):
        train(learned, model=name)
    assert states(learned) == {}
