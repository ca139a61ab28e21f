"""The library `implicit`, which only two of the algorithms need."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from jophiel.errors import InputError
from jophiel.models.algorithms.parts import Parts

if TYPE_CHECKING:
    from jophiel.models.log import Matrix


def fitted(module: str, class_name: str, matrix: Matrix, regularization: float, **options: Any) -> Parts:
    """Return the item factors of a model of `implicit`, with in-vectors that fold users in linearly.

    A user's factors are the ridge regression of what the user did on the items' factors V, so out = V and
    in = V (V'V + lambda I)^-1. Raises InputError where the library is missing.
    """
    with warnings.catch_warnings():
        # It warns of threads of the linear algebra, which it is given one of.
        warnings.simplefilter("ignore")
        try:
            library = importlib.import_module(f"implicit.cpu.{module}")
            limits = importlib.import_module("threadpoolctl").threadpool_limits
        except ImportError as error:
            raise InputError(
                f"{module} needs the library implicit ({error})",
                hint="pip install 'jophiel[models]', or use svd, neighbours or ease.",
            ) from None
        with limits(1, "blas"):
            model = getattr(library, class_name)(regularization=regularization, num_threads=1, **options)
            model.fit(matrix.values, show_progress=False)
    factors = np.asarray(model.item_factors, dtype=np.float64)
    gram = factors.T @ factors + max(regularization, 1e-6) * np.eye(factors.shape[1])
    return Parts(np.linalg.solve(gram, factors.T).T.astype(np.float32), factors.astype(np.float32))
