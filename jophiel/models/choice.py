"""`jophiel train` without a model: fits what the log allows, and lets a held-out part of it choose.

What is chosen: one model of vectors, one of neighbours, or both; how much older events count in their fit; the weights
of the score; and what popularity means. The same log and seed make the same choice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jophiel.models import catalogue as catalogues
from jophiel.models import search, splits
from jophiel.models.algorithms import fit
from jophiel.models.log import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import psycopg

    from jophiel.models.log import Log
    from jophiel.models.model import Model
    from jophiel.models.search import Blend, Outcome, Table

# ALS and BPR are not tried by themselves: they need the extra, and won nowhere that was measured.
TRIED = ("svd", "neighbours", "ease")
_HALF_LIFE_DAYS = 30.0
# Above this many interactions only fits in which all events count alike are tried.
_DECAY_INTERACTIONS = 300_000
# What a handful of users like says nothing about a weight.
_FEWEST_USERS = 20
_NOT_GIVEN = ("dimensions", "seed")


@dataclass(frozen=True, slots=True)
class Choice:
    """The model with its weights, fitted on the whole log, and what validation said of it and of simpler things."""

    model: Model
    metrics: dict[str, Any]


def choose(
    connection: psycopg.Connection[Any],
    log: Log,
    *,
    dimensions: int,
    model: str | None = None,
    parameters: Mapping[str, float] | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Choice:
    """Choose a model (only among the parts of `model`, where that is given) and weights, and fit it on the whole log.

    Vectorises what waits for it. Where there is too little to validate with, the model has no weights, and policies
    keep theirs. Raises InputError where there is nothing to learn from.
    """
    catalogues.vectorise_pending(connection)
    catalogue = catalogues.read_catalogue(connection)
    offered = log.part(catalogue.places(log.item_ids) >= 0)
    given = dict(parameters or {})
    engine = catalogues.read_engine(connection)
    variants, tables = _variants(model, given, offered), []
    parts = splits.hold_outs(offered, seed=seed)
    for number, (train, test) in enumerate(parts, 1):
        if len(test):
            # A small log is held out from more than once, and the same is tried on each part.
            which = f"held-out part {number} of {len(parts)}" if len(parts) > 1 else "the held-out part"
            tell(f"{which}: {len(test)} events to foretell, {len(train)} to learn from")
            models = _tried(variants, train, dimensions=dimensions, seed=seed, tell=tell)
            tables.append(search.candidates(train, test, catalogue, models, engine, seed=seed))
    held_out = len(np.unique(np.concatenate([table.user_ids for table in tables]))) if tables else 0
    if held_out < _FEWEST_USERS:
        tell(f"too little to judge by ({held_out} users held out of {_FEWEST_USERS} needed): weights stay as they are")
        name = model or "svd"
        return Choice(fit(name, log, dimensions=dimensions, parameters=given, seed=seed), {"users": held_out})
    tell("choosing weights")
    table = search.joined(tables)
    blend, outcome = search.search(table)
    chosen = _chosen(table, blend, variants)
    tell(f"fitting {' and '.join(_said(name) for name in chosen)}")
    fitted = _fitted(chosen, variants, log, dimensions=dimensions, seed=seed)
    return Choice(replace(fitted, weights=search.weights(table, blend)), _metrics(table, blend, outcome))


def _tried(
    variants: Mapping[str, dict[str, float]], log: Log, *, dimensions: int, seed: int, tell: Callable[[str], None]
) -> dict[str, Model]:
    models = {}
    for name, own in variants.items():
        tell(f"trying {_said(name)}")
        models[name] = fit(name.split()[0], log, dimensions=dimensions, parameters=own, seed=seed)
    return models


def _said(variant: str) -> str:
    """Return the name of a fit in words."""
    name, days = variant.split()
    return name if days == "0" else f"{name} with a half-life of {days} days"


def _variants(model: str | None, given: Mapping[str, float], log: Log) -> dict[str, dict[str, float]]:
    """Return the fits to try: "name half-life" and parameters."""
    names = model.split("+") if model else TRIED
    half_lives = [given["half_life_days"]] if "half_life_days" in given else [0.0]
    days = float(np.ptp(log.epochs)) / DAY if len(log) else 0.0
    if "half_life_days" not in given and len(log) <= _DECAY_INTERACTIONS and days > _HALF_LIFE_DAYS / 2:
        half_lives.append(_HALF_LIFE_DAYS)
    return {f"{name} {days:g}": {**given, "half_life_days": days} for name in names for days in half_lives}


def _chosen(table: Table, blend: Blend, variants: Mapping[str, object]) -> list[str]:
    """Return the variants that the blend needs; where it needs none, the best one, whose weight is 0."""
    names = [blend[kind][0].partition(" ")[2] for kind in ("collaborative", "neighbours") if kind in blend]
    if names:
        return names
    single = {
        name: max(_single(table, f"{kind} {name}") for kind in ("collaborative", "neighbours")) for name in variants
    }
    return [max(single, key=lambda name: (single[name], name))]


def _single(table: Table, name: str) -> float:
    return search.outcome(table, {name.split(maxsplit=1)[0]: (name, 1.0)}).value if name in table.sizes else 0.0


def _fitted(
    names: list[str], variants: Mapping[str, dict[str, float]], log: Log, *, dimensions: int, seed: int
) -> Model:
    """Fit each on the whole log, and join them."""
    parts = [fit(name.split()[0], log, dimensions=dimensions, parameters=variants[name], seed=seed) for name in names]
    whole = parts[0]
    for part in parts[1:]:
        # Vectors come first. Each part has its own parameters, of which two may have the same name.
        both = {f"{one.name}.{key}": value for one in (whole, part) for key, value in one.parameters.items()}
        whole = replace(whole, name=f"{whole.name}+{part.name}", parameters=both, neighbours=part.neighbours)
    return whole


def unjoined(name: str, parameters: Mapping[str, float]) -> list[dict[str, float]]:
    """Return the parameters of each part of a model, as `fit` takes them."""
    parts = name.split("+")
    return [
        {
            key.removeprefix(f"{part}."): value
            for key, value in parameters.items()
            if (len(parts) == 1 or key.startswith(f"{part}.")) and key.split(".")[-1] not in _NOT_GIVEN
        }
        for part in parts
    ]


def _metrics(table: Table, blend: Blend, outcome: Outcome) -> dict[str, Any]:
    """Return what jophiel.models keeps of the validation: of what was chosen, and of each component by itself."""
    alone = {name: _plain(search.outcome(table, {name.split()[0]: (name, 1.0)})) for name in sorted(table.sizes)}
    return {
        "users": len(np.unique(table.user_ids)),
        "chosen": _plain(outcome),
        "blend": {kind: {"component": name, "amount": amount} for kind, (name, amount) in sorted(blend.items())},
        "alone": alone,
        "helps": any(kind in blend for kind in ("collaborative", "neighbours")),
    }


def _plain(outcome: Outcome) -> dict[str, float]:
    return {"ndcg": outcome.ndcg, "recall": outcome.recall, "coverage": outcome.coverage}
