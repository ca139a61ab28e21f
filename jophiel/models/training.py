"""`jophiel train`: read the log, fit, write, and put the model into use.

What is in use stays so until the very end, which is one transaction; a training that is killed before leaves a row that
the next one calls failed.
"""

from __future__ import annotations

import resource
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from jophiel.database.modelling import ModelGateway
from jophiel.errors import InputError, ModelRefusedError, TrainingBusyError
from jophiel.logs import get_logger
from jophiel.models import store
from jophiel.models.algorithms import check
from jophiel.models.catalogue import read_catalogue
from jophiel.models.choice import TRIED, choose
from jophiel.models.content_map import fit_content_map
from jophiel.models.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    import psycopg
    from numpy.typing import NDArray

    from jophiel.database.rows import ModelRow
    from jophiel.models.choice import Choice
    from jophiel.models.model import Model

_LOGGER = get_logger("training")
# How long vectors are where nobody says.
DIMENSIONS = 64
_LOOKED_AT = 1000
# So much less is no less: another seed makes as much of a difference.
_NEGLIGIBLE = 0.01


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training made. `items`: how many of the model; `offered`: how many the engine offers with it."""

    model_id: UUID
    name: str
    dimensions: int | None
    interactions: int
    users: int
    items: int
    offered: int
    read_seconds: float
    fit_seconds: float
    write_seconds: float
    activate_seconds: float
    peak_bytes: int

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return self.read_seconds + self.fit_seconds + self.write_seconds + self.activate_seconds


@dataclass(frozen=True, slots=True)
class Source:
    """The log as it was read, and what is to be known of it."""

    log: Log
    data_until: datetime | None
    seconds: float


def train(
    connection: psycopg.Connection[Any],
    *,
    model: str | None = None,
    dimensions: int = DIMENSIONS,
    parameters: Mapping[str, float] | None = None,
    seed: int = 0,
    model_id: UUID | None = None,
    force: bool = False,
    judge: Callable[[], str | None] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train a model on everything that users did and put it into use, with the weights that validation chose.

    `model`: which one; None for those that validation chooses, and for what is in use where that is better than these.
    `model_id`: of a training that was asked for. `force`: use it even where validation says that it is worse than what
    is in use. `judge`: a further opinion, asked for where validation has nothing against the model: why its feeds are
    worse, None where they are not.
    `connection` is in autocommit. Raises TrainingBusyError where another training runs, InputError where there is
    nothing to learn from, TrainingLostError where another one took this one's place, ModelRefusedError where the
    model is worse: it is kept as ready, and what is in use stays so.
    """
    if model_id is None and model is not None:
        # One that was asked for is answered, with its row.
        check(model, {**(parameters or {}), "dimensions": dimensions})
    with training(connection) as gateway:
        if model_id is None and not gateway.log_facts(_LOOKED_AT).interactions:
            # No training that failed: none was begun. One that was asked for is answered, with its row.
            raise _nothing()
        model_id = model_id or uuid4()
        gateway.begin_model(model_id, model or "choice", {**(parameters or {}), "dimensions": dimensions, "seed": seed})
        try:
            tell("reading the log")
            source = read_log(connection)
            began = time.perf_counter()
            choice = choose(
                connection, source.log, dimensions=dimensions, model=model, parameters=parameters, seed=seed, tell=tell
            )
            fit_seconds = time.perf_counter() - began
            worse = None
            if not force:
                rival = _rival(
                    connection, source.log, choice, gateway.models(_LOOKED_AT),
                    asked_for=model, dimensions=dimensions, seed=seed, tell=tell,
                )  # fmt: skip
                why = _worse(choice, rival) if rival else None
                if why and rival and is_free(model, dimensions, parameters):
                    tell(f"{rival.model.name}, which is in use, is better: it is fitted anew")
                    choice, why = rival, None
                why = why or (judge() if judge else None)
                worse = {"why": why} if why else None
            fitted = choice.model
            tell("writing")
            began = time.perf_counter()
            facts = write(connection, model_id, fitted, source)
            write_seconds = time.perf_counter() - began
            gateway.finish_model(
                model_id,
                {
                    **facts,
                    "metrics": {**choice.metrics, **({"worse": worse} if worse else {})},
                    "fit_seconds": fit_seconds,
                    "write_seconds": write_seconds,
                    "peak_bytes": peak_bytes(),
                },
            )
        except Exception as error:
            gateway.fail_model(model_id, f"{type(error).__name__}: {error}")
            raise
        if worse:
            raise ModelRefusedError(str(worse["why"]))
        tell("putting it into use")
        began = time.perf_counter()
        offered = gateway.activate_model(model_id) or 0
        gateway.analyze()
        trained = Trained(
            model_id, fitted.name, facts["dimensions"], facts["interactions"], facts["users"], facts["items"], offered,
            source.seconds, fit_seconds, write_seconds, time.perf_counter() - began, peak_bytes(),
        )  # fmt: skip
    _LOGGER.info("trained", extra={"model_id": str(model_id), "model": fitted.name, "items": trained.items})
    return trained


def is_free(model: str | None, dimensions: int, parameters: Mapping[str, float] | None = None) -> bool:
    """Whether a training was given nothing to hold it to, so that it may as well fit anew what is in use."""
    return model is None and dimensions == DIMENSIONS and not parameters


def _rival(
    connection: psycopg.Connection[Any],
    log: Log,
    choice: Choice,
    models: Sequence[ModelRow],
    *,
    asked_for: str | None,
    dimensions: int,
    seed: int,
    tell: Callable[[str], None],
) -> Choice | None:
    """Return what is in use, fitted anew and validated on the same held-out events.

    None where there is nothing to compare with or by, or it was among what validation chose from.
    """
    active = next((row for row in models if row.state == "active"), None)
    if active is None or "chosen" not in choice.metrics:
        return None
    names = asked_for.split("+") if asked_for else TRIED
    if set(active.name.split("+")) <= set(names) and active.dimensions in (None, dimensions):
        return None
    tell(f"comparing with {active.name}, which is in use")
    try:
        return choose(connection, log, dimensions=active.dimensions or dimensions, model=active.name, seed=seed)
    except InputError as error:
        tell(f"it cannot be compared: {error}")
        return None


def _worse(choice: Choice, rival: Choice) -> str | None:
    """Say by how much a model is worse than what is in use."""
    found, before = (_value(metrics) for metrics in (choice.metrics, rival.metrics))
    if found >= (1 - _NEGLIGIBLE) * before:
        return None
    return (
        f"{choice.model.name} would make feeds worse than {rival.model.name}, which is in use: "
        f"NDCG@10 {choice.metrics['chosen']['ndcg']:.3f} instead of {rival.metrics['chosen']['ndcg']:.3f}"
    )


def _value(metrics: Mapping[str, Any]) -> float:
    """Return what validation compares by: NDCG and half of recall, which is about twice as large."""
    return float(metrics["chosen"]["ndcg"] + metrics["chosen"]["recall"] / 2)


@contextmanager
def training(connection: psycopg.Connection[Any]) -> Iterator[ModelGateway]:
    """Yield the gateway while this is the only training. Raises TrainingBusyError."""
    gateway = ModelGateway(connection)
    if not gateway.try_lock():
        raise TrainingBusyError
    try:
        yield gateway
    finally:
        if not connection.closed:
            gateway.unlock()


def read_log(connection: psycopg.Connection[Any]) -> Source:
    """Read the newest interactions, as many as the setting training_interactions says.

    Raises InputError where there are none.
    """
    gateway = ModelGateway(connection)
    began = time.perf_counter()
    with connection.transaction():
        facts = gateway.log_facts(int(gateway.setting("training_interactions")))
        users, items, weights, epochs = store.read_events(gateway.copy_log(facts.cut))
    if not len(users):
        raise _nothing()
    log = Log(user_ids=users, item_ids=items, weights=weights, epochs=epochs)
    return Source(log, facts.data_until, time.perf_counter() - began)


def _nothing() -> InputError:
    return InputError("there is nothing to learn from", hint="Import interactions, or wait for events.")


def write(connection: psycopg.Connection[Any], model_id: UUID, model: Model, source: Source) -> dict[str, Any]:
    """Write a model's vectors and neighbours in one transaction; return columns of its row in jophiel.models."""
    gateway = ModelGateway(connection)
    scaled = _scaled(model)
    with connection.transaction():
        if scaled.in_vectors is not None and scaled.out_vectors is not None:
            with gateway.copy_in("model_vectors") as copy:
                store.write_vectors(copy, model_id, scaled.item_ids, scaled.in_vectors, scaled.out_vectors)
            _write_content_map(connection, model_id, scaled)
        if scaled.neighbours is not None:
            with gateway.copy_in("item_neighbours") as copy:
                store.write_neighbours(copy, model_id, scaled.item_ids, scaled.neighbours)
    prior = _prior(scaled, source.log)
    return {
        "name": model.name,
        "dimensions": None if scaled.in_vectors is None else scaled.in_vectors.shape[1],
        "parameters": {name: float(value) for name, value in model.parameters.items()},
        "weights": {name: float(value) for name, value in model.weights.items()},
        "data_until": None if source.data_until is None else source.data_until.isoformat(),
        "interactions": len(source.log.user_ids),
        "users": len(np.unique(source.log.user_ids)),
        "items": len(model.item_ids),
        "prior": None if prior is None else f"[{','.join(f'{number:.6g}' for number in prior)}]",
    }


def _write_content_map(connection: psycopg.Connection[Any], model_id: UUID, model: Model) -> None:
    gateway = ModelGateway(connection)
    version = gateway.schema_version()
    catalogue = read_catalogue(connection)
    if model.out_vectors is None or not catalogue.content.size:
        return
    places = catalogue.places(model.item_ids)
    found = fit_content_map(catalogue.content[places[places >= 0]], model.out_vectors[places >= 0])
    if found is not None:
        for coordinate, (bias, factors) in enumerate(zip(found.bias.tolist(), found.factors.tolist(), strict=True)):
            gateway.put_content_map(model_id, coordinate, version, bias, factors)


def _scaled(model: Model) -> Model:
    """Return the model with numbers that a halfvec holds well: one factor for each side, which changes no order.

    Out-vectors are not normalised one by one: their lengths say how popular an item is.
    """
    ins, outs, neighbours = model.in_vectors, model.out_vectors, model.neighbours
    if ins is not None and outs is not None:
        # What is far out of the ordinary is cut to what a halfvec can hold.
        ins = np.clip(ins / _or_one(np.sqrt(np.mean(_squares(ins)))), -60_000, 60_000).astype(np.float32)
        outs = (outs / _or_one(np.sqrt(np.max(_squares(outs))))).astype(np.float32)
    if neighbours is not None:
        neighbours = neighbours.copy()
        neighbours.data = neighbours.data / _or_one(np.max(np.abs(neighbours.data), initial=0))
    return replace(model, in_vectors=ins, out_vectors=outs, neighbours=neighbours)


def _squares(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    return squares


def _or_one(scale: float) -> float:
    return float(scale) if np.isfinite(scale) and scale > 0 else 1.0


def _prior(model: Model, log: Log) -> NDArray[np.float64] | None:
    """Return the mean over users of the unit sums of what their items give: nobody's collaborative block."""
    if model.in_vectors is None:
        return None
    places = np.searchsorted(model.item_ids, log.item_ids)
    places[places == len(model.item_ids)] = 0
    known = model.item_ids[places] == log.item_ids
    users, at = np.unique(log.user_ids[known], return_inverse=True)
    sums = np.zeros((len(users), model.in_vectors.shape[1]), dtype=np.float32)
    weights, rows = log.weights[known], places[known]
    for first in range(0, len(rows), 200_000):
        part = slice(first, first + 200_000)
        np.add.at(sums, at[part], weights[part, None] * model.in_vectors[rows[part]])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    mean: NDArray[np.float64] = np.mean(sums / np.where(lengths > 0, lengths, 1), axis=0, dtype=np.float64)
    return mean


def peak_bytes() -> int:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
