"""EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019), cut to a neighbour table.

B = I - P / diag(P), P = (X'X + lambda I)^-1: the weights with which items foretell each other. Dense in the number of
items, hence for small catalogues, or the items that are chosen most of larger ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg
import scipy.sparse as sp

from jophiel.models.algorithms.parts import Parts, strongest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from jophiel.models.log import Matrix

# lambda: 0 for one in proportion to how much each item is chosen.
PARAMETERS: Mapping[str, float] = {"lambda": 0.0, "kept": 200, "items": 5000}
_BLOCK_ROWS = 1000


def fit(matrix: Matrix, dimensions: int, parameters: Mapping[str, float], seed: int) -> Parts:  # noqa: ARG001
    """Return the neighbour table; items beyond the `items` chosen most have no neighbours."""
    count = matrix.values.shape[1]
    sums = matrix.values.sum(axis=0, dtype=np.float64)
    chosen = np.sort(np.lexsort((np.arange(count), -sums))[: int(parameters["items"])])
    strength = parameters["lambda"] or default_lambda(sums[chosen])
    weights = _weights(sp.csr_array(matrix.values[:, chosen]), strength)
    blocks = [
        strongest(weights[first : first + _BLOCK_ROWS], int(parameters["kept"]))
        for first in range(0, len(chosen), _BLOCK_ROWS)
    ]
    small = sp.csr_array(sp.vstack(blocks, format="csr")).tocoo()
    table = sp.csr_array((small.data, (chosen[small.row], chosen[small.col])), shape=(count, count), dtype=np.float32)
    table.sort_indices()
    return Parts(neighbours=table)


def default_lambda(sums: NDArray[np.float64]) -> float:
    """Return a lambda that grows with the data: a fifth of what the typical chosen item has, at least 1.

    Weighed by the choices themselves, so that a long tail of items that one user chose does not decide.
    """
    total = float(sums.sum())
    return max(1.0, 0.2 * float((sums * sums).sum()) / total) if total > 0 else 1.0


def _weights(values: sp.csr_array, strength: float) -> NDArray[np.float32]:
    gram = (values.T @ values).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += np.float32(strength)
    # In place: the catalogue's square is held once and a half.
    factor = scipy.linalg.cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
    inverse, _ = scipy.linalg.lapack.spotri(factor, lower=True, overwrite_c=True)
    del factor
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    diagonal = inverse.diagonal().copy()
    inverse /= -diagonal[None, :]
    inverse[np.diag_indices_from(inverse)] = 0
    result: NDArray[np.float32] = np.ascontiguousarray(inverse)
    return result
