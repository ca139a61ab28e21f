"""Items that the same users chose: the strongest entries of each row of N'N, N being the degree-normalised matrix.

Scaled by D_i^-in on the side of what was acted on and D_i^out on the side of what it speaks for (Deshpande and Karypis,
"Item-based top-N recommendation algorithms", TOIS 2004, with both sides' popularity free).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from jophiel.models.algorithms.parts import Parts, degrees, strongest, unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jophiel.models.log import Matrix

PARAMETERS: Mapping[str, float] = {"in": 0.5, "out": 0.4, "kept": 200}
# Bounds of memory: numbers of a dense block, and items of one user that are paired with each other.
_BLOCK_NUMBERS = 16_000_000
_ITEMS_A_USER = 500


def fit(matrix: Matrix, dimensions: int, parameters: Mapping[str, float], seed: int) -> Parts:  # noqa: ARG001
    """Return the neighbour table."""
    scale = degrees(matrix.values)
    normalised = sp.csr_array(unit_rows(_longest_cut(matrix.values)) @ sp.diags_array(scale**-0.5), dtype=np.float32)
    count = normalised.shape[1]
    columns = sp.csr_array(normalised.T)
    targets = sp.csr_array(normalised @ sp.diags_array((scale ** parameters["out"]).astype(np.float32)))
    blocks = []
    step = max(1, _BLOCK_NUMBERS // count)
    for first in range(0, count, step):
        part = slice(first, min(first + step, count))
        block = (columns[part] @ targets).toarray()
        block *= (scale[part] ** -parameters["in"]).astype(np.float32)[:, None]
        block[np.arange(len(block)), np.arange(part.start, part.stop)] = 0
        blocks.append(strongest(block, int(parameters["kept"])))
    return Parts(neighbours=sp.csr_array(sp.vstack(blocks, format="csr"), dtype=np.float32))


def _longest_cut(values: sp.csr_array) -> sp.csr_array:
    """Return the matrix with the strongest entries only of rows that are too long: pairs grow with the square."""
    lengths = np.diff(values.indptr)
    if lengths.max(initial=0) <= _ITEMS_A_USER:
        return values
    rows = np.repeat(np.arange(values.shape[0]), lengths)
    order = np.lexsort((values.indices, -values.data, rows))
    place = np.arange(len(order)) - np.repeat(values.indptr[:-1], lengths)
    kept = np.sort(order[place < _ITEMS_A_USER])
    return sp.csr_array((values.data[kept], (rows[kept], values.indices[kept])), shape=values.shape)
