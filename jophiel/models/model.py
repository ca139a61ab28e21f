"""What every algorithm gives: two sides of a vector for each item, or neighbours, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import scipy.sparse
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model. A user is what the user did: nothing of the users themselves is in it.

    ``item_ids`` is ascending, and rows of everything else are in its order. The score of an item j for a user who
    acted on the items i with the weights w is the sum of ``w_i * in_vectors[i] @ out_vectors[j]``, or of
    ``w_i * neighbours[i, j]``. ``weights`` are those of a scoring policy that validation chose (similarity,
    collaborative, neighbours, popularity, novelty); it may be empty.
    """

    name: str
    parameters: Mapping[str, float]
    item_ids: NDArray[np.int64]
    in_vectors: NDArray[np.float32] | None
    out_vectors: NDArray[np.float32] | None
    neighbours: scipy.sparse.csr_array | None
    weights: Mapping[str, float]
