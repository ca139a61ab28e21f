"""What users did, as arrays, and as a sparse matrix of users and items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = 86_400.0
# What weighs as much as the tenth of the events that weigh most counts in full: ratings from 1 to 10 and likes among
# plays end up on one scale.
_FULL_QUANTILE = 0.9
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Log:
    """Interactions: parallel arrays of ids, weights (negative: a dislike) and seconds since 1970."""

    user_ids: NDArray[np.int64]
    item_ids: NDArray[np.int64]
    weights: NDArray[np.float32]
    epochs: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of interactions."""
        return len(self.user_ids)

    def part(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Log:
        """Return the chosen interactions, in the same order."""
        return Log(self.user_ids[chosen], self.item_ids[chosen], self.weights[chosen], self.epochs[chosen])

    def matrix(self, *, half_life_days: float = 0) -> Matrix:
        """Return how strongly each user chose each item, from 0 to 1; with a half-life, older events count less.

        Events of a user with an item add up, to 1 at most. Dislikes take away; what is left below zero is left out.
        """
        users, rows = np.unique(self.user_ids, return_inverse=True)
        items, columns = np.unique(self.item_ids, return_inverse=True)
        shape = (len(users), len(items))
        pairs, entry = np.unique(rows * max(1, len(items)) + columns, return_inverse=True)
        # Cut after the sum: ten plays are one like, and a thousand are no more than that.
        values = np.clip(np.bincount(entry, self.weights / _full_weight(self.weights), minlength=len(pairs)), 0, 1)
        if half_life_days > 0 and len(self):
            newest = np.full(len(pairs), -np.inf)
            np.maximum.at(newest, entry, self.epochs)
            values *= np.exp2((newest - self.epochs.max()) / (half_life_days * DAY))
        kept = values > _NOTHING
        where = np.divmod(pairs[kept], max(1, len(items)))
        return Matrix(users, items, sp.csr_array((values[kept], where), shape=shape, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Matrix:
    """A sparse matrix and what its rows and columns are; both ascending."""

    user_ids: NDArray[np.int64]
    item_ids: NDArray[np.int64]
    values: sp.csr_array


def _full_weight(weights: NDArray[np.float32]) -> float:
    positive = weights[weights > 0]
    return float(np.quantile(positive, _FULL_QUANTILE)) if len(positive) else 1.0
