"""`jophiel evaluate`: how good the feeds are that the SQL makes, and whether simpler ones would be as good.

In a database of its own, dropped at the end: the catalogue, the configuration, and the part of the log that may be
learnt from. There a model is trained as `jophiel train` would, feeds are made by policies that differ in their weights
only, and compared with what users did afterwards.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np

from jophiel.database.evaluating import EvaluationGateway
from jophiel.database.gateway import Gateway
from jophiel.database.modelling import ModelGateway
from jophiel.errors import InputError
from jophiel.models import catalogue as catalogues
from jophiel.models import judgement, splits, training
from jophiel.models.algorithms import fit
from jophiel.models.choice import unjoined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from jophiel.database.rows import ModelFacts
    from jophiel.models.judgement import Feeds, Judgement
    from jophiel.models.log import Log

_TOP = 20
_CHUNK = 500
_STAGES = ("schema", "items", "cells", "popularity", "creators", "probes")
_SAID = {
    "in use": "those of the model in use",
    "collaborative": "its collaborative part alone",
    "content": "content alone",
}
_WEIGHTS = ("similarity", "collaborative", "neighbours", "popularity", "novelty")


@dataclass(frozen=True, slots=True)
class Options:
    """What is compared, and on what. `users`: so many of the test at most, drawn by the seed."""

    split: str = "temporal"
    share: float = 0.2
    shots: int = 5
    users: int = 2000
    model: str | None = None
    dimensions: int = 64
    seed: int = 0


def evaluate(
    source: psycopg.Connection[Any],
    scratch: psycopg.Connection[Any],
    options: Options,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Judgement:
    """Evaluate on the log of `source`, working in `scratch`, which has Jophiel and nothing else.

    Raises InputError where the split leaves nothing to learn from or to foretell.
    """
    tell("reading the log")
    log = training.read_log(source).log
    train, test = splits.split(log, options.split, share=options.share, shots=options.shots, seed=options.seed)
    truth = _truth(test, options)
    if not len(train) or not truth:
        raise InputError(
            f"the {options.split} split leaves nobody whose interactions could be foretold",
            hint="Another --split, or more interactions.",
        )
    tell(f"filling a database beside with {len(train)} of {len(log)} interactions")
    _fill(EvaluationGateway(source), EvaluationGateway(scratch), train)
    _prepare(scratch)
    feeds: dict[str, Feeds] = {}
    previous = EvaluationGateway(source).active_model()
    if previous is not None:
        tell(f"the model in use ({previous.name}), fitted anew")
        _reuse(scratch, previous, options)
        feeds["in use"] = _feeds(scratch, "in_use", {**_weights(scratch), **_policy_part(previous)}, truth)
    tell("training on that part" if options.model else "training on that part, which chooses the model anew")
    # What was named is what is judged, however much worse than what is in use.
    force = not training.is_free(options.model, options.dimensions)
    trained = training.train(
        scratch, model=options.model, dimensions=options.dimensions, seed=options.seed, force=force, tell=tell
    )
    _prepare(scratch)
    for name, weights in _variants(_weights(scratch), EvaluationGateway(scratch).active_model()).items():
        tell(f"feeds: {name}")
        feeds[name] = _feeds(scratch, name, weights, truth)
    judged = judgement.judge(feeds, truth, train, catalogues.read_catalogue(scratch), seed=options.seed)
    return replace(judged, split=options.split, model=trained.name, test_events=len(test))


def verdict(
    source: psycopg.Connection[Any],
    scratch: psycopg.Connection[Any],
    options: Options,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> str | None:
    """Evaluate, keep what was found, and say why the feeds are worse than others, user by user; None: they are not."""
    judged = evaluate(source, scratch, options, tell=tell)
    EvaluationGateway(source).keep(asdict(options), judged.document())
    lost = [_SAID.get(name, name) for name in judged.worse_than]
    return f"its feeds are worse than {' and '.join(lost)}" if lost else None


def _truth(test: Log, options: Options) -> dict[int, list[int]]:
    users = np.unique(test.user_ids)
    if len(users) > options.users:
        users = np.sort(np.random.default_rng(options.seed).choice(users, options.users, replace=False))
    chosen = test.part(np.isin(test.user_ids, users))
    truth: dict[int, list[int]] = {}
    for user, item in zip(chosen.user_ids.tolist(), chosen.item_ids.tolist(), strict=True):
        truth.setdefault(user, []).append(item)
    return truth


def _fill(source: EvaluationGateway, scratch: EvaluationGateway, train: Log) -> None:
    """Copy configuration and catalogue, write the training part, and stop the clock at its end."""
    configuration = source.configuration()
    scratch.freeze_clock(_written(float(train.epochs.max())))
    scratch.configure(configuration)
    scratch.define_policy("default", {**configuration.policy, "is_tuned": True})
    scratch.copy_items(source)
    scratch.write_log(_events(train))


def _events(log: Log) -> Iterator[tuple[int, str, int, str, float, str, str]]:
    rows = zip(log.user_ids.tolist(), log.item_ids.tolist(), log.weights.tolist(), log.epochs.tolist(), strict=True)
    for number, (user, item, weight, epoch) in enumerate(rows):
        when = _written(epoch)
        yield user, str(UUID(int=number)), item, "evaluated", weight, when, when


def _written(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat()


def _prepare(connection: psycopg.Connection[Any]) -> None:
    """Do what the batch does before it makes feeds."""
    gateway = Gateway(connection)
    for stage in _STAGES:
        while gateway.run_batch_step(stage, 5000):
            pass
    gateway.analyze_imported()


def _reuse(connection: psycopg.Connection[Any], facts: ModelFacts, options: Options) -> None:
    """Fit the model that is in use with its parameters on what is there, and put it into use with its weights."""
    source = training.read_log(connection)
    dimensions = facts.dimensions or options.dimensions
    names = facts.name.split("+")
    parts = [
        fit(name, source.log, dimensions=dimensions, parameters=parameters, seed=options.seed)
        for name, parameters in zip(names, unjoined(facts.name, facts.parameters), strict=True)
    ]
    model = replace(parts[0], name=facts.name, weights=facts.weights)
    for part in parts[1:]:
        model = replace(model, neighbours=part.neighbours)
    gateway, model_id = ModelGateway(connection), uuid4()
    gateway.begin_model(model_id, facts.name, facts.parameters)
    gateway.finish_model(model_id, training.write(connection, model_id, model, source))
    gateway.activate_model(model_id)
    _prepare(connection)


def _weights(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return the default policy as it is now."""
    return EvaluationGateway(connection).configuration().policy


def _policy_part(facts: ModelFacts) -> dict[str, float]:
    return {name: value for name, value in facts.weights.items() if name in _WEIGHTS}


def _variants(policy: dict[str, Any], model: ModelFacts | None) -> dict[str, dict[str, Any]]:
    """Return the policies that are compared: the default one, and each part of it by itself."""
    nothing = {**policy, **dict.fromkeys(_WEIGHTS, 0.0)}
    both = {name: float(policy[name]) for name in ("collaborative", "neighbours")}
    if model is not None and not any(both.values()):
        both = {"collaborative": float(model.dimensions is not None), "neighbours": float(model.dimensions is None)}
    return {
        "hybrid": policy,
        "popularity": {**nothing, "popularity": 1.0},
        "content": {**nothing, "similarity": 1.0},
        "collaborative": {**nothing, **both},
    }


def _feeds(
    connection: psycopg.Connection[Any], name: str, weights: dict[str, Any], truth: dict[int, list[int]]
) -> Feeds:
    """Have the SQL make a feed by these weights for each user of the test."""
    gateway = EvaluationGateway(connection)
    gateway.define_policy(name, weights)
    gateway.define_feed(name, {"policy": name, "size": _TOP, "is_scheduled": False})
    users = sorted(truth)
    feeds: Feeds = {}
    for first in range(0, len(users), _CHUNK):
        chunk = users[first : first + _CHUNK]
        gateway.recompute_feeds(chunk, name)
        feeds |= {found.user_id: found.item_ids for found in gateway.feeds_of(chunk, name, _TOP)}
    return feeds
