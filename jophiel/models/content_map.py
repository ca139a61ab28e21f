"""From what an item is to where a model would put it: for items that nobody has acted on yet.

Ridge regression (Hoerl and Kennard 1970) of the out-vectors of items that the model knows on their content; how much
it is shrunk is chosen by its leave-one-out error, which the hat matrix gives without fitting again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STRENGTHS = (1.0, 10.0, 100.0, 1000.0)
# Fewer items say nothing about how content and vectors belong together.
_LEAST = 50
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class ContentMap:
    """An out-vector is `bias` (length,) + `factors` (length, content) @ content."""

    bias: NDArray[np.float64]
    factors: NDArray[np.float64]


def fit_content_map(
    content: NDArray[np.float32], out_vectors: NDArray[np.float32], *, seed: int = 0
) -> ContentMap | None:
    """Return the map of content blocks (rows) to out-vectors (rows); None where it would say nothing.

    That is so for fewer than 50 items that have content, and where it predicts no better than the mean.
    """
    having = np.flatnonzero(np.any(content != 0, axis=1))
    if len(having) < _LEAST:
        return None
    if len(having) > _MOST:
        having = np.sort(np.random.default_rng(seed).choice(having, _MOST, replace=False))
    x, y = content[having].astype(np.float64), out_vectors[having].astype(np.float64)
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    x -= x_mean
    y -= y_mean
    values, vectors = np.linalg.eigh(x.T @ x)
    turned, target = x @ vectors, (x @ vectors).T @ y
    best, least = None, float(np.mean(y**2))
    for strength in _STRENGTHS:
        inverse = 1 / (np.maximum(values, 0) + strength)
        factors = inverse[:, None] * target
        leverage = np.einsum("ij,j,ij->i", turned, inverse, turned) + 1 / len(x)
        error = float(np.mean(((y - turned @ factors) / np.maximum(1e-6, 1 - leverage)[:, None]) ** 2))
        if error < least:
            best, least = vectors @ factors, error
    if best is None:
        return None
    return ContentMap(y_mean - x_mean @ best, best.T)
