"""What items are made of, as the SQL vectorised them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jophiel.database.evaluating import EvaluationGateway
from jophiel.database.gateway import Gateway
from jophiel.models.scorer import Catalogue, Engine

if TYPE_CHECKING:
    import psycopg

# COPY's binary format: a signature and two numbers; then for each row the number of its fields and each field's length
# and bytes; then -1. A halfvec is its length, a number that is not used, and its half floats.
_HEADER = 19
_STAGES = ("schema", "items")
_STEP = 5000


def vectorise_pending(connection: psycopg.Connection[Any]) -> None:
    """Do what the batch would do first: count the vocabulary and vectorise what was imported."""
    gateway = Gateway(connection)
    for stage in _STAGES:
        while gateway.run_batch_step(stage, _STEP):
            pass


def read_catalogue(connection: psycopg.Connection[Any]) -> Catalogue:
    """Return all items that are offered, with their content blocks."""
    data = b"".join(EvaluationGateway(connection).copy_contents())
    if len(data) <= _HEADER + 2:
        return Catalogue(np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32))
    # After the number of fields, the id with its length, and the vector's length: how many numbers it has.
    (length,) = np.frombuffer(data, dtype=">i2", count=1, offset=_HEADER + 2 + 4 + 8 + 4)
    row = np.dtype([
        ("fields", ">i2"), ("id_length", ">i4"), ("id", ">i8"),
        ("size", ">i4"), ("length", ">i2"), ("unused", ">i2"), ("content", ">f2", (int(length),)),
    ])  # fmt: skip
    rows = np.frombuffer(data, dtype=row, count=(len(data) - _HEADER - 2) // row.itemsize, offset=_HEADER)
    order = np.argsort(rows["id"], kind="stable")
    return Catalogue(rows["id"].astype(np.int64)[order], rows["content"].astype(np.float32)[order])


def read_engine(connection: psycopg.Connection[Any]) -> Engine:
    """Return the settings that the score depends on."""
    found = EvaluationGateway(connection).score_settings()
    return Engine(
        taste_half_life_days=found.taste_half_life_days,
        neighbour_events=int(found.neighbour_events),
        cold_events=found.cold_events,
        cold_popularity=found.cold_popularity,
    )
