"""The score of the SQL, in memory: to look for weights with, and to measure what approximation costs.

Nothing that is served comes from here. `tests/models` compares its lists with the feeds that the SQL makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from jophiel.models.log import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from jophiel.models.log import Log
    from jophiel.models.model import Model


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is offered: ids, ascending, and content blocks (rows of unit length, or zero)."""

    item_ids: NDArray[np.int64]
    content: NDArray[np.float32]

    def places(self, item_ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the row of each item, -1 for what is not offered."""
        if not len(self.item_ids):
            return np.full(len(item_ids), -1, dtype=np.intp)
        found = np.minimum(np.searchsorted(self.item_ids, item_ids), len(self.item_ids) - 1)
        return np.where(self.item_ids[found] == item_ids, found, -1)


@dataclass(frozen=True, slots=True)
class Engine:
    """Settings of the engine and of the policy that training does not choose."""

    taste_half_life_days: float = 60.0
    neighbour_events: int = 50
    cold_events: float = 5.0
    cold_popularity: float = 0.3


@dataclass(frozen=True, slots=True)
class Histories:
    """What the score knows of some users: rows in the order of `user_ids`, columns in that of the catalogue."""

    user_ids: NDArray[np.int64]
    taste: sp.csr_array
    recent: sp.csr_array
    seen: sp.csr_array
    coldness: NDArray[np.float64]


def histories(log: Log, catalogue: Catalogue, user_ids: NDArray[np.int64], engine: Engine) -> Histories:
    """Return the decayed sums of what these users (ascending) did, as of the newest event of each."""
    part = log.part(np.isin(log.user_ids, user_ids))
    rows, columns = np.searchsorted(user_ids, part.user_ids), catalogue.places(part.item_ids)
    newest = np.full(len(user_ids), -np.inf)
    np.maximum.at(newest, rows, part.epochs)
    weights = part.weights * np.exp2((part.epochs - newest[rows]) / (engine.taste_half_life_days * DAY))
    counts = np.bincount(rows, minlength=len(user_ids))
    shape = (len(user_ids), len(catalogue.item_ids))
    offered = columns >= 0

    def matrix(chosen: NDArray[np.bool_], values: NDArray[np.float64]) -> sp.csr_array:
        return sp.csr_array((values[chosen], (rows[chosen], columns[chosen])), shape=shape)

    recent = _latest_items(rows, part, engine.neighbour_events)
    return Histories(
        user_ids,
        matrix(offered, weights),
        matrix(offered & recent, weights),
        matrix(offered, np.ones(len(part))),
        np.maximum(0.0, 1 - counts / max(1.0, engine.cold_events)),
    )


def _latest_items(rows: NDArray[np.intp], log: Log, count: int) -> NDArray[np.bool_]:
    """Return which events are about the `count` items that their user acted on last."""
    items, columns = np.unique(log.item_ids, return_inverse=True)
    pairs, entry = np.unique(rows * max(1, len(items)) + columns, return_inverse=True)
    newest = np.full(len(pairs), -np.inf)
    np.maximum.at(newest, entry, log.epochs)
    users = pairs // max(1, len(items))
    order = np.lexsort((pairs, -newest, users))
    place = np.empty(len(pairs), dtype=np.intp)
    place[order] = np.arange(len(pairs)) - np.searchsorted(users, users[order])
    latest: NDArray[np.bool_] = (place < count)[entry]
    return latest


def popularity(log: Log, catalogue: Catalogue, half_life_days: float, exponent: float = 1.0) -> NDArray[np.float64]:
    """Return the popularity of each item from 0 to 1: decayed positive weights over the greatest, to the exponent.

    An exponent of 0 stands for the logarithm, as jophiel.refresh_popularity() has it.
    """
    places = catalogue.places(log.item_ids)
    known = places >= 0
    if not known.any():
        return np.zeros(len(catalogue.item_ids))
    decay = np.exp2((log.epochs[known] - log.epochs.max()) / (half_life_days * DAY))
    masses = np.maximum(log.weights[known], 0) * decay
    mass = np.bincount(places[known], masses, minlength=len(catalogue.item_ids)).astype(np.float64)
    if exponent == 0:
        mass = np.log1p(mass)
    greatest = mass.max()
    scaled: NDArray[np.float64] = mass / greatest if greatest > 0 else mass
    return scaled**exponent if exponent > 0 else scaled


def similarity(users: Histories, catalogue: Catalogue) -> NDArray[np.float32]:
    """Return the cosine of each user's content block and each item's."""
    found: NDArray[np.float32] = _unit(users.taste @ catalogue.content) @ catalogue.content.T
    return found


def collaborative(users: Histories, catalogue: Catalogue, model: Model) -> NDArray[np.float32]:
    """Return the inner product of each user's collaborative block, of unit length, and each out-vector.

    The longest out-vector has length 1, as in jophiel.model_vectors.
    """
    if model.in_vectors is None or model.out_vectors is None:
        return np.zeros(users.taste.shape, dtype=np.float32)
    ins, outs = (_placed(vectors, model, catalogue) for vectors in (model.in_vectors, model.out_vectors))
    longest = np.sqrt(np.einsum("ij,ij->i", outs, outs).max(initial=0))
    found: NDArray[np.float32] = _unit(users.taste @ ins) @ (outs / (longest or 1.0)).T
    return found


def neighbours(users: Histories, catalogue: Catalogue, model: Model) -> NDArray[np.float32]:
    """Return what each user's recent history says of each item, over the greatest that it says of any."""
    if model.neighbours is None or not model.neighbours.nnz:
        return np.zeros(users.recent.shape, dtype=np.float32)
    places = catalogue.places(model.item_ids)
    table = model.neighbours.tocoo()
    kept = (places[table.row] >= 0) & (places[table.col] >= 0)
    size = len(catalogue.item_ids)
    placed = sp.csr_array((table.data[kept], (places[table.row[kept]], places[table.col[kept]])), shape=(size, size))
    said = np.maximum((users.recent @ placed).toarray(), 0)
    greatest = said.max(axis=1, keepdims=True, initial=0)
    shares: NDArray[np.float32] = (said / np.where(greatest > 0, greatest, 1)).astype(np.float32)
    return shares


def _scores(
    users: Histories,
    catalogue: Catalogue,
    popular: NDArray[np.float64],
    *,
    model: Model | None,
    weights: Mapping[str, float],
    engine: Engine,
) -> NDArray[np.float64]:
    """Return the whole score of every item for each user; what was seen has minus infinity."""
    liking = weights.get("popularity", 0.0) + engine.cold_popularity * users.coldness
    found: NDArray[np.float64] = liking[:, None] * popular + weights.get("similarity", 1.0) * similarity(
        users, catalogue
    )
    if model is not None:
        found += weights.get("collaborative", 1.0) * collaborative(users, catalogue, model)
        if weights.get("neighbours"):
            found += weights["neighbours"] * neighbours(users, catalogue, model)
    found[users.seen.nonzero()] = -np.inf
    return found


def exact_feeds(
    log: Log,
    catalogue: Catalogue,
    user_ids: NDArray[np.int64],
    *,
    model: Model | None,
    weights: Mapping[str, float],
    engine: Engine,
    top: int = 20,
) -> dict[int, list[int]]:
    """Return the exact ranking: the best of all items for each user (ascending ids), ties by item id."""
    feeds: dict[int, list[int]] = {}
    popular = popularity(
        log, catalogue, weights.get("popularity_half_life_days", 14.0), weights.get("popularity_exponent", 0.0)
    )
    step = max(1, 8_000_000 // max(1, len(catalogue.item_ids)))
    for first in range(0, len(user_ids), step):
        users = histories(log, catalogue, user_ids[first : first + step], engine)
        found = _scores(users, catalogue, popular, model=model, weights=weights, engine=engine)
        best = np.argsort(-found, axis=1, kind="stable")[:, :top]
        for user, row, values in zip(users.user_ids.tolist(), best, found, strict=True):
            feeds[user] = catalogue.item_ids[row[np.isfinite(values[row])]].tolist()
    return feeds


def _placed(vectors: NDArray[np.float32], model: Model, catalogue: Catalogue) -> NDArray[np.float32]:
    placed = np.zeros((len(catalogue.item_ids), vectors.shape[1]), dtype=np.float32)
    places = catalogue.places(model.item_ids)
    placed[places[places >= 0]] = vectors[places >= 0]
    return placed


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
