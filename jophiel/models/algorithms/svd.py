"""Truncated singular value decomposition of the degree-normalised matrix, as a linear model.

N = D_u^-1/2 X D_i^-b and V its leading right singular vectors: in-vectors D_i^-b V, out-vectors D_i^b V. With b = 1/2
this is the low-pass filter of graph signal processing (Shen et al., "How Powerful is Graph Convolution for
Recommendation?", CIKM 2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds

from jophiel.models.algorithms.parts import Parts, degrees, unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from jophiel.models.log import Matrix

# b: how much of an item's popularity its vectors keep.
PARAMETERS: Mapping[str, float] = {"b": 0.5}
_DENSE = 200


def fit(matrix: Matrix, dimensions: int, parameters: Mapping[str, float], seed: int) -> Parts:
    """Return in- and out-vectors."""
    scale = degrees(matrix.values) ** parameters["b"]
    normalised = sp.csr_array(unit_rows(matrix.values) @ sp.diags_array(1 / scale)).astype(np.float64)
    vectors = right_vectors(normalised, dimensions, seed)
    return Parts((vectors / scale[:, None]).astype(np.float32), (vectors * scale[:, None]).astype(np.float32))


def right_vectors(values: sp.csr_array, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return the leading right singular vectors as columns, the greatest first, in signs of their own."""
    kept = min(dimensions, *values.shape)
    if min(values.shape) <= _DENSE or kept >= min(values.shape):
        _, sizes, rows = np.linalg.svd(values.toarray(), full_matrices=False)
        sizes, rows = sizes[:kept], rows[:kept]
    else:
        start = np.random.default_rng(seed).uniform(0.5, 1.5, min(values.shape))
        _, sizes, rows = svds(values, k=kept, v0=start, return_singular_vectors="vh")
    order = np.argsort(-sizes, kind="stable")
    vectors: NDArray[np.float64] = rows[order].T
    # A singular vector and its negative are as good: the coordinate that is furthest from zero is made positive.
    furthest = np.argmax(np.abs(vectors), axis=0)
    signs = np.sign(vectors[furthest, np.arange(vectors.shape[1])])
    return vectors * np.where(signs == 0, 1, signs)
