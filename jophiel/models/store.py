"""Between PostgreSQL and numpy, by COPY's binary format: the log out, vectors and neighbours in, in chunks.

The format (https://www.postgresql.org/docs/current/sql-copy.html): a signature, flags and the length of an extension;
then for each row the number of its fields, and for each field its length and its bytes, big-endian; then -1. Rows of
one shape have one length, so numpy reads and writes many at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    import psycopg
    import scipy.sparse
    from numpy.typing import NDArray

    Events = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float64]]

_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEADER = len(_SIGNATURE) + 8
_TRAILER = b"\xff\xff"
_CHUNK_ROWS = 20_000
# A row of neighbours has to fit into a page.
MOST_NEIGHBOURS = 500
_INT8 = 20
_FLOAT4 = 700

_EVENT = np.dtype([
    ("fields", ">i2"),
    ("user_length", ">i4"), ("user", ">i8"),
    ("item_length", ">i4"), ("item", ">i8"),
    ("weight_length", ">i4"), ("weight", ">f4"),
    ("epoch_length", ">i4"), ("epoch", ">f8"),
])  # fmt: skip


def read_events(blocks: Iterable[bytes]) -> Events:
    """Return users, items, weights and seconds since 1970 of what `copy_log` yields, by user, time and item.

    The order is made here, so that the same log gives the same arrays wherever its rows lie.
    """
    parts = [np.frombuffer(chunk, dtype=_EVENT) for chunk in _chunks(blocks)]
    events = np.concatenate(parts) if parts else np.empty(0, dtype=_EVENT)
    del parts
    users, items = events["user"].astype(np.int64), events["item"].astype(np.int64)
    weights, epochs = events["weight"].astype(np.float32), events["epoch"].astype(np.float64)
    del events
    order = np.lexsort((weights, items, epochs, users))
    return users[order], items[order], weights[order], epochs[order]


def _chunks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole rows, some thousand at once, without header and trailer."""
    gathered = bytearray()
    skip = _HEADER
    for block in blocks:
        gathered += block
        if skip and len(gathered) >= skip:
            del gathered[:skip]
            skip = 0
        if not skip and len(gathered) > _CHUNK_ROWS * _EVENT.itemsize:
            whole = len(gathered) // _EVENT.itemsize * _EVENT.itemsize
            yield bytes(gathered[:whole])
            del gathered[:whole]
    whole = len(gathered) // _EVENT.itemsize * _EVENT.itemsize
    if whole:
        yield bytes(gathered[:whole])


def write_vectors(
    copy: psycopg.Copy,
    model_id: UUID,
    item_ids: NDArray[np.int64],
    in_vectors: NDArray[np.float32],
    out_vectors: NDArray[np.float32],
) -> None:
    """Write both vectors of each item, as halfvec."""
    length = in_vectors.shape[1]
    row = np.dtype([
        *_KEY,
        ("in_length", ">i4"), ("in_dim", ">i2"), ("in_unused", ">i2"), ("in", ">f2", (length,)),
        ("out_length", ">i4"), ("out_dim", ">i2"), ("out_unused", ">i2"), ("out", ">f2", (length,)),
    ])  # fmt: skip
    copy.write(_SIGNATURE + bytes(8))
    for first in range(0, len(item_ids), _CHUNK_ROWS):
        part = slice(first, first + _CHUNK_ROWS)
        rows = _keyed(row, model_id, item_ids[part])
        for side, vectors in (("in", in_vectors), ("out", out_vectors)):
            rows[f"{side}_length"], rows[f"{side}_dim"] = 4 + 2 * length, length
            rows[side] = vectors[part]
        copy.write(rows.tobytes())
    copy.write(_TRAILER)


def write_neighbours(
    copy: psycopg.Copy, model_id: UUID, item_ids: NDArray[np.int64], neighbours: scipy.sparse.csr_array
) -> None:
    """Write a row for each item that has neighbours: ids and weights of the MOST_NEIGHBOURS strongest, ties by id."""
    copy.write(_SIGNATURE + bytes(8))
    counts = np.diff(neighbours.indptr)
    for count in np.unique(counts[counts > 0]):
        kept = min(int(count), MOST_NEIGHBOURS)
        row = np.dtype([
            *_KEY,
            ("ids_length", ">i4"), ("ids_head", ">i4", (5,)), ("ids", [("length", ">i4"), ("value", ">i8")], (kept,)),
            ("weights_length", ">i4"), ("weights_head", ">i4", (5,)),
            ("weights", [("length", ">i4"), ("value", ">f4")], (kept,)),
        ])  # fmt: skip
        having = np.flatnonzero(counts == count)
        for first in range(0, len(having), _CHUNK_ROWS // 10):
            items = having[first : first + _CHUNK_ROWS // 10]
            places = neighbours.indptr[items][:, None] + np.arange(count)
            ids, weights = item_ids[neighbours.indices[places]], neighbours.data[places].astype(np.float32)
            order = np.lexsort((ids, -weights), axis=1)[:, :kept]
            rows = _keyed(row, model_id, item_ids[items])
            _fill(rows, "ids", _INT8, np.take_along_axis(ids, order, axis=1))
            _fill(rows, "weights", _FLOAT4, np.take_along_axis(weights, order, axis=1))
            copy.write(rows.tobytes())
    copy.write(_TRAILER)


def _fill(rows: NDArray[np.void], name: str, oid: int, values: NDArray[Any]) -> None:
    """Write an array into each row: dimensions, nulls, type, how many, the index of the first; then the elements."""
    count, size = values.shape[1], values.dtype.itemsize
    rows[f"{name}_length"] = 20 + (4 + size) * count
    rows[f"{name}_head"] = (1, 0, oid, count, 1)
    rows[name]["length"] = size
    rows[name]["value"] = values


_KEY = [("fields", ">i2"), ("model_length", ">i4"), ("model", "V16"), ("item_length", ">i4"), ("item", ">i8")]


def _keyed(row: np.dtype[np.void], model_id: UUID, item_ids: NDArray[np.int64]) -> NDArray[np.void]:
    """Return zeroed rows of four fields, the first two of which are the model and the item."""
    rows = np.zeros(len(item_ids), dtype=row)
    rows["fields"], rows["model_length"], rows["item_length"] = 4, 16, 8
    rows["model"] = np.void(model_id.bytes)
    rows["item"] = item_ids
    return rows
