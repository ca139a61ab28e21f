"""The algorithms, one a module, each a function of a matrix. To add one, add it to `_FITS`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jophiel.errors import InputError
from jophiel.models.algorithms import als, bpr, ease, neighbours, svd
from jophiel.models.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jophiel.models.algorithms.parts import Parts
    from jophiel.models.log import Log, Matrix

    Fit = Callable[[Matrix, int, Mapping[str, float], int], Parts]

# name: the function, and the parameters it has with their defaults.
_FITS: dict[str, tuple[Fit, Mapping[str, float]]] = {
    "svd": (svd.fit, svd.PARAMETERS),
    "neighbours": (neighbours.fit, neighbours.PARAMETERS),
    "ease": (ease.fit, ease.PARAMETERS),
    "als": (als.fit, als.PARAMETERS),
    "bpr": (bpr.fit, bpr.PARAMETERS),
}
NAMES = tuple(_FITS)
LONGEST = 512
_VECTORS = frozenset({"svd", "als", "bpr"})
# Every algorithm may count older events less (days; 0: all alike).
_COMMON = {"half_life_days": 0.0}


def fit(name: str, log: Log, *, dimensions: int, parameters: Mapping[str, float] | None = None, seed: int = 0) -> Model:
    """Fit an algorithm, or one for the vectors and one for the neighbours joined by a plus sign ("svd+ease").

    `dimensions`: the length of vectors; fewer where the log does not have that many. The same log, parameters and
    seed give the same model. Raises InputError for what is unknown, and where nobody chose anything.
    """
    given = {"dimensions": float(dimensions), **(parameters or {})}
    names = name.split("+")
    check(name, given)
    matrix = log.matrix(half_life_days=given.get("half_life_days", 0))
    if not matrix.values.nnz:
        raise InputError("there is nothing to learn from", hint="Nobody has liked, or otherwise chosen, anything yet.")
    model = Model(name, {}, matrix.item_ids, None, None, None, {})
    used: dict[str, float] = {"half_life_days": given.get("half_life_days", 0.0)}
    for part in names:
        run, defaults = _FITS[part]
        own = {key: float(given.get(key, value)) for key, value in defaults.items()}
        parts = run(matrix, dimensions, own, seed)
        used |= own
        if parts.in_vectors is not None:
            model = replace(model, in_vectors=parts.in_vectors, out_vectors=parts.out_vectors)
        if parts.neighbours is not None:
            model = replace(model, neighbours=parts.neighbours)
    if model.in_vectors is not None:
        used["dimensions"] = float(model.in_vectors.shape[1])
    return replace(model, parameters=used)


def check(name: str, given: Mapping[str, float]) -> None:
    """Raise InputError where a model or a parameter is unknown, or a value (`dimensions` among them) out of range."""
    names = name.split("+")
    unknown = [name for name in names if name not in _FITS]
    if unknown:
        raise InputError(f'there is no model "{unknown[0]}"', hint=f"The models are {', '.join(NAMES)}.")
    if names[1:] and (names[0] not in _VECTORS or names[1] in _VECTORS or names[2:]):
        raise InputError(
            f'"{"+".join(names)}" cannot be one model', hint="Join one of vectors and one of neighbours: svd+ease."
        )
    allowed = {"dimensions", *_COMMON}.union(*(_FITS[name][1] for name in names))
    foreign = sorted(set(given) - allowed)
    if foreign:
        raise InputError(
            f'{"+".join(names)} has no parameter "{foreign[0]}"', hint=f"It has {', '.join(sorted(allowed))}."
        )
    bad = [key for key, value in given.items() if not np.isfinite(value) or value < 0]
    if bad or not 1 <= given["dimensions"] <= LONGEST:
        raise InputError(f"{bad[0] if bad else 'dimensions'} is out of range")
