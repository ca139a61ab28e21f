"""What an algorithm gives, in the order of the matrix's columns; and what several of them do alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Parts:
    """In- and out-vectors, or neighbours (row: the item acted on; column: the item it speaks for)."""

    in_vectors: NDArray[np.float32] | None = None
    out_vectors: NDArray[np.float32] | None = None
    neighbours: sp.csr_array | None = None


def unit_rows(values: sp.csr_array) -> sp.csr_array:
    """Return the matrix with rows over the square root of their sums, so that who did a lot does not decide alone."""
    sums = values.sum(axis=1)
    return sp.csr_array(sp.diags_array(np.where(sums > 0, sums, 1) ** -0.5) @ values)


def degrees(values: sp.csr_array) -> NDArray[np.float64]:
    """Return how much each column was chosen, at least 1: what hardly anybody chose must not weigh without bound."""
    sums: NDArray[np.float64] = np.maximum(values.sum(axis=0, dtype=np.float64), 1.0)
    return sums


def strongest(block: NDArray[np.float32], kept: int) -> sp.csr_array:
    """Return the `kept` greatest positive numbers of each row; ties go to the lower column."""
    if block.shape[1] > kept:
        # The threshold first, and then only what is above it and as many of what equals it as there is room for.
        limit = -np.partition(-block, kept - 1, axis=1)[:, kept - 1 : kept]
        above = block > limit
        room = kept - above.sum(axis=1, keepdims=True)
        level = block == limit
        block = np.where(above | (level & (np.cumsum(level, axis=1) <= room)), block, 0)
    result = sp.csr_array(np.maximum(block, 0))
    result.eliminate_zeros()
    return result
