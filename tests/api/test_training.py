"""Training over HTTP: asked for there, done by the batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.api.authentication import issue_token
from jophiel.client import ApiError
from tests.api.conftest import CLOSED
from tests.sql.models.trained import activate, put_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from jophiel.client import Client
    from tests.api.conftest import Serve
    from tests.conftest import RunCli


def status_of(call: Callable[[], object]) -> int:
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value.status


def test_asked_for_waiting_and_done(api: Client, db: psycopg.Connection[Any], run_cli: RunCli) -> None:
    none = api.training()
    assert (none.active, none.running, none.waiting, none.history) == (None, None, None, [])
    asked = api.train("svd", dimensions=3, seed=5)
    assert (asked.state, asked.name) == ("queued", "svd")
    assert asked.parameters == {"dimensions": 3, "seed": 5}
    assert status_of(api.train) == 409
    assert api.training().waiting == asked
    for user in range(1, 9):
        for item in (1 + user % 4, 5 + user % 3):
            db.execute("select jophiel.record_interaction(%s::bigint, %s, 'like')", (user, item))
    done = run_cli("batch", "run")
    assert done.returncode == 0, done.stderr
    found = api.training_of(asked.model_id)
    assert (found.state, found.error, found.interactions) == ("active", None, 16)
    status = api.training()
    assert status.active == found
    assert (status.waiting, status.trainings, status.failed, status.new_interactions) == (None, 1, 0, 0)
    db.execute("select jophiel.record_interaction(1::bigint, 9, 'like')")
    assert api.training().new_interactions == 1


def test_what_fails_does_not_keep_the_batch_from_its_work(
    api: Client, db: psycopg.Connection[Any], run_cli: RunCli
) -> None:
    db.execute("delete from jophiel.interactions")
    asked = api.train()
    done = run_cli("batch", "run")
    assert done.returncode == 0, done.stderr
    assert "nothing to learn from" in done.stderr
    found = api.training_of(asked.model_id)
    assert found.state == "failed"
    assert "nothing to learn from" in (found.error or "")
    assert api.training().failed == 1
    assert api.train().state == "queued"


def test_wrong_requests(api: Client) -> None:
    assert status_of(lambda: api.train("svd; drop")) == 422
    assert status_of(lambda: api.train(dimensions=513)) == 422
    assert status_of(lambda: api.training_of("nothing")) == 404
    assert status_of(lambda: api.training_of("00000000-0000-4000-8000-000000000000")) == 404


def test_only_for_operators(serve: Serve, db: psycopg.Connection[Any]) -> None:
    served = serve(CLOSED)
    model = "00000000-0000-4000-8000-000000000000"

    def statuses(client: Client) -> list[int]:
        calls = (client.training, client.train, lambda: client.training_of(model), client.evaluations)
        return [status_of(call) for call in calls]

    with served.client() as client:
        assert statuses(client) == [401] * 4
    for user in (None, "1"):
        token = issue_token(CLOSED, user=user, scopes=("feed:read", "events:write", "catalogue:write"), seconds=60)
        with served.client(token) as client:
            assert statuses(client) == [403] * 4
    assert db.execute("select count(*) from jophiel.models").fetchone() == (0,)
    with served.client(issue_token(CLOSED, user=None, scopes=("admin",), seconds=60)) as client:
        assert client.training().trainings == 0
        assert client.evaluations().evaluations == []


def test_evaluations(api: Client, db: psycopg.Connection[Any]) -> None:
    even = {"mean": 0.5, "low": 0.4, "high": 0.6}
    quality = {
        **dict.fromkeys(("ndcg", "recall", "hit_rate", "mrr"), even),
        **dict.fromkeys(("coverage", "novelty", "diversity", "gini"), 0.5),
        "by_history": {"1 to 4": {"users": 2, "ndcg": even}, "20 and more": {"users": 0}},
        "cold_items": {"users": 0},
        "without_feed": 0,
    }
    found = {
        "split": "k-shot", "model": "svd", "users": 2, "train_events": 3, "test_events": 4, "items": 5,
        "qualities": {"hybrid": quality, "popularity": quality},
        "differences": {"popularity": {"ndcg": even, "recall": even, "verdict": "better"}}, "worse_than": [],
    }  # fmt: skip
    for _ in range(2):
        db.execute("select jophiel._keep_evaluation('{\"seed\": 1}', %s)", (json.dumps(found),))
    (newest,) = api.evaluations(limit=1).evaluations
    assert len(api.evaluations().evaluations) == 2
    assert (newest.split, newest.model, newest.options, newest.users) == ("k-shot", "svd", {"seed": 1}, 2)
    assert newest.qualities["hybrid"].by_history["20 and more"].ndcg is None
    assert newest.differences["popularity"].ndcg.low == 0.4
    assert status_of(lambda: api.evaluations(limit=101)) == 422


def test_history_and_new_interactions(api: Client, db: psycopg.Connection[Any]) -> None:
    model = put_model(db, {1: ([1.0], [1.0])}, weights={"collaborative": 2})
    activate(db, model)
    found = api.training(limit=1)
    assert found.active is not None
    assert (found.active.model_id, found.active.weights, found.active.dimensions) == (model, {"collaborative": 2}, 1)
    assert len(found.history) == 1


def test_a_training_needs_no_body(serve: Serve, db: psycopg.Connection[Any]) -> None:
    served = serve()
    with httpx2.Client(base_url=served.address) as client:
        assert client.post("/v1/training", content="not JSON").status_code == 400
        answer = client.post("/v1/training")
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert db.execute("select count(*) from jophiel.models where state = 'queued'").fetchone() == (1,)
    assert served.document["paths"]["/v1/training"]["post"]["requestBody"]["required"] is False
