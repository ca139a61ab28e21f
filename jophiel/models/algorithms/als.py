"""Alternating least squares on implicit feedback (Hu, Koren, Volinsky, ICDM 2008), by the library `implicit`.

Users need no factors of their own: in = v (V'V + lambda I)^-1 folds whoever acted on an item in linearly, out = v.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.models.algorithms.extra import fitted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jophiel.models.algorithms.parts import Parts
    from jophiel.models.log import Matrix

PARAMETERS: Mapping[str, float] = {"lambda": 0.01, "alpha": 10.0, "iterations": 15}


def fit(matrix: Matrix, dimensions: int, parameters: Mapping[str, float], seed: int) -> Parts:
    """Return in- and out-vectors. Raises InputError where the extra is missing."""
    return fitted(
        "als",
        "AlternatingLeastSquares",
        matrix,
        parameters["lambda"],
        factors=dimensions,
        alpha=parameters["alpha"],
        iterations=int(parameters["iterations"]),
        random_state=seed,
    )
