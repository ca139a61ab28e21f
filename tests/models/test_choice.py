"""`jophiel train` without a model: what is chosen, and that the SQL makes of it what validation saw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from jophiel.errors import InputError
from jophiel.models import catalogue as catalogues
from jophiel.models import metrics, scorer
from jophiel.models.choice import choose
from jophiel.models.log import Log
from jophiel.models.training import read_log, write

Connection = psycopg.Connection[Any]
USERS = 150


def test_it_chooses_and_the_feeds_are_what_it_saw(imported: Connection) -> None:
    source = read_log(imported)
    choice = choose(imported, source.log, dimensions=8, seed=1)

    assert choice.metrics["users"] > 30
    assert choice.metrics["helps"]
    alone = choice.metrics["alone"]
    assert choice.metrics["chosen"]["ndcg"] >= 0.95 * max(found["ndcg"] for found in alone.values())
    assert set(choice.model.weights) == {
        "popularity", "neighbours", "collaborative", "similarity", "popularity_exponent", "popularity_half_life_days",
    }  # fmt: skip
    again = choose(imported, source.log, dimensions=8, seed=1)
    assert (again.model.name, again.model.weights, again.metrics) == (
        choice.model.name,
        choice.model.weights,
        choice.metrics,
    )

    # Into the database, without any training: the same order, user by user.
    model_id = "11111111-1111-4111-8111-111111111111"
    imported.execute("select jophiel._begin_model(%s, 'test', '{}')", (model_id,))
    facts = write(imported, UUID(model_id), choice.model, source)
    imported.execute("select jophiel._finish_model(%s, %s)", (model_id, Jsonb(facts)))
    imported.execute("select jophiel.activate_model(%s)", (model_id,))
    imported.execute("update jophiel.scoring_policies set novelty = 0")
    imported.execute("call jophiel.run_batch()")
    feeds = dict(imported.execute("select user_id, item_ids from jophiel.feeds").fetchall())
    exact = scorer.exact_feeds(
        source.log,
        catalogues.read_catalogue(imported),
        np.arange(1, USERS + 1),
        model=choice.model,
        weights=choice.model.weights,
        engine=catalogues.read_engine(imported),
    )
    assert len(feeds) == USERS
    likeness = metrics.accuracy(feeds, {user: items[:10] for user, items in exact.items()})
    assert likeness.ndcg.mean() >= 0.98


def test_a_model_that_is_named_is_the_only_one_that_is_tried(imported: Connection) -> None:
    told: list[str] = []

    choice = choose(imported, read_log(imported).log, dimensions=8, model="svd", seed=1, tell=told.append)

    assert choice.model.name == "svd"
    assert choice.model.neighbours is None
    assert {step for step in told if step.startswith("trying")} == {
        "trying svd",
        "trying svd with a half-life of 30 days",
    }
    # The same is tried on each part that is held out: which one is said before.
    parts = [step for step in told if "held-out part" in step]
    assert parts
    assert all(
        step.startswith(f"held-out part {number} of {len(parts)}: " if len(parts) > 1 else "the held-out part: ")
        for number, step in enumerate(parts, 1)
    )
    assert told.count("trying svd") == len(parts)
    assert told[0] == parts[0]


def test_with_too_little_to_validate_policies_keep_their_weights(imported: Connection) -> None:
    log = read_log(imported).log

    choice = choose(imported, log.part(np.arange(1)), dimensions=8)

    assert choice.metrics == {"users": 0}
    assert choice.model.weights == {}


def test_what_cannot_be_learnt_from_is_an_error(imported: Connection) -> None:
    empty = Log(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0))

    with pytest.raises(InputError, match="nothing to learn from"):
        choose(imported, empty, dimensions=8)
    with pytest.raises(InputError, match="no model"):
        choose(imported, read_log(imported).log, dimensions=8, model="magic")
