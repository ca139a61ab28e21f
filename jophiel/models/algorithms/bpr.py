"""Bayesian personalised ranking (Rendle et al., UAI 2009), by the library `implicit`.

Its user factors are not needed: they are folded in linearly as those of ALS are. Slower and weaker than the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jophiel.models.algorithms.extra import fitted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jophiel.models.algorithms.parts import Parts
    from jophiel.models.log import Matrix

PARAMETERS: Mapping[str, float] = {"lambda": 0.01, "rate": 0.05, "iterations": 100}


def fit(matrix: Matrix, dimensions: int, parameters: Mapping[str, float], seed: int) -> Parts:
    """Return in- and out-vectors. Raises InputError where the extra is missing."""
    return fitted(
        "bpr",
        "BayesianPersonalizedRanking",
        matrix,
        parameters["lambda"],
        # The library adds a number of its own, the bias.
        factors=max(1, dimensions - 1),
        learning_rate=parameters["rate"],
        iterations=int(parameters["iterations"]),
        random_state=seed,
    )
