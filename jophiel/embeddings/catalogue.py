"""The catalogue's texts: embed what is not embedded, and find the directions along which the embeddings differ.

A chunk is a transaction: killed at any point, the next run goes on with what is left.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jophiel.database.embedding import EmbeddingGateway
from jophiel.errors import EmbeddingError
from jophiel.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import psycopg
    from numpy.typing import NDArray

    from jophiel.database.rows import UnembeddedItem
    from jophiel.embeddings.encoder import Encoder

_LOGGER = get_logger("embeddings")
_SAMPLE = 5000


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a run did: texts embedded, items whose text was embedded already or is empty, a projection fitted or not."""

    model: str
    embedded: int
    unchanged: int
    empty: int
    fitted: bool
    seconds: float


def embed_items(
    connection: psycopg.Connection[Any],
    encoder: Encoder,
    *,
    chunk: int = 64,
    everything: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Embedded:
    """Embed the items that the encoder's model has not embedded as they are now; `connection`: autocommit.

    `everything` looks at all texts again; one whose hash is known is not embedded again, unless the model makes vectors
    of another length now. The first embeddings, and
    twice as many, give a projection, and the batch then makes the vectors anew; other new embeddings are in the vectors
    at once. `progress` is told of items done and items in all. `stopped` ends the run after a chunk. Raises
    EmbeddingError and DatabaseError (InvalidVectorError where the vectors are of another length than those that are
    stored); what was done until then is committed.
    """
    started = time.perf_counter()
    gateway = EmbeddingGateway(connection)
    if everything:
        gateway.forget_embeddings(encoder.name, length=encoder.encode(["a"]).shape[1])
    total, after = gateway.count_unembedded(encoder.name, everything=everything), None
    embedded = unchanged = empty = 0
    while not stopped():
        items = gateway.unembedded_items(encoder.name, after=after, everything=everything, limit=chunk)
        if not items:
            break
        new = [item for item in items if item.words and not item.is_known]
        with connection.transaction():
            gateway.put_embeddings(encoder.name, items, _encoded(encoder, items, new))
        after = items[-1].item_id
        embedded += len(new)
        empty += sum(not item.words for item in items)
        unchanged = unchanged + sum(bool(item.words) and item.is_known for item in items)
        progress(embedded + unchanged + empty, max(total, embedded + unchanged + empty))
    fitted = not stopped() and gateway.projection_is_due(encoder.name)
    if fitted:
        _fit(connection, gateway, encoder.name)
    done = Embedded(encoder.name, embedded, unchanged, empty, fitted, time.perf_counter() - started)
    if embedded or fitted:
        _LOGGER.info("items embedded", extra={"model": done.model, "embedded": embedded, "fitted": fitted})
    return done


def _encoded(encoder: Encoder, items: list[UnembeddedItem], new: list[UnembeddedItem]) -> list[list[float] | None]:
    """Return the vectors of the new ones in the places of all."""
    vectors = dict(zip((item.item_id for item in new), encoder.encode([item.words for item in new]), strict=True))
    return [vectors[item.item_id].tolist() if item.item_id in vectors else None for item in items]


def _fit(connection: psycopg.Connection[Any], gateway: EmbeddingGateway, model: str) -> None:
    rows = gateway.sample(model, _SAMPLE)
    if len({len(row) for row in rows}) > 1:
        raise EmbeddingError(f"the embeddings of {model} are of several lengths", hint="jophiel items embed --all")
    sample = np.array(rows, dtype=np.float64)
    components = principal_directions(sample, gateway.dimensions())
    with connection.transaction():
        gateway.put_projection(model, components.tolist(), gateway.count(model))


def principal_directions(vectors: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return up to `count` directions (rows of unit length) that keep most of the vectors' inner products.

    They are the leading right singular vectors: no other linear map to as many numbers keeps more (Eckart and Young
    1936). The sign of each is such that its largest number is positive: the same vectors give the same directions.
    """
    values, directions = np.linalg.eigh(vectors.T @ vectors)
    rank = int(min(count, (values > values[-1] * 1e-9).sum()))
    leading = directions[:, ::-1][:, :rank].T
    largest = leading[np.arange(rank), np.abs(leading).argmax(axis=1)]
    return np.asarray(leading * np.sign(largest)[:, None])


def has_work(connection: psycopg.Connection[Any], model: str) -> bool:
    """Return whether a model has anything to embed, or to fit."""
    gateway = EmbeddingGateway(connection)
    waiting = gateway.unembedded_items(model, after=None, everything=False, limit=1)
    return bool(waiting) or gateway.projection_is_due(model)
