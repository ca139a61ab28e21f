"""Clustered synthetic data for the benchmarks, written by binary COPY: vectors, users with tastes, follows, likes.

The vectors are made directly (no metadata to vectorise), so that the size and the shape of the data are the only
things that a benchmark of candidates and scores depends on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from numpy.typing import NDArray

CONTENT, COLLABORATIVE = 128, 64
DIMENSIONS = CONTENT + COLLABORATIVE
CLUSTERS = 400
ROWS_A_BLOCK = 10_000
DAY = 86_400.0
NOW_EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z, the frozen clock of the benchmarks

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"


@dataclass(frozen=True)
class Sizes:
    """How much data: users have `follows` follows and `likes` likes each."""

    items: int
    users: int
    follows: int = 18
    likes: int = 20
    items_a_creator: int = 20


@dataclass(frozen=True)
class Clusters:
    """Centres to draw items and tastes around, each block of unit length; items of a creator share two of them."""

    centres: NDArray[np.float32]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Clusters:
        return cls(unit_blocks(rng.standard_normal((CLUSTERS, DIMENSIONS), dtype=np.float32)))

    def around(self, clusters: NDArray[np.int64], rng: np.random.Generator, spread: float) -> NDArray[np.float32]:
        """Vectors near the given clusters; `spread` is the norm of the noise relative to the centre's."""
        noise = rng.standard_normal((len(clusters), DIMENSIONS), dtype=np.float32)
        return unit_blocks(self.centres[clusters] + spread * unit_blocks(noise))


def unit_blocks(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors with each of their two blocks scaled to unit length."""
    for block in (slice(0, CONTENT), slice(CONTENT, DIMENSIONS)):
        vectors[:, block] /= np.linalg.norm(vectors[:, block], axis=1, keepdims=True)
    return vectors


def item_blocks(
    sizes: Sizes, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]]:
    """Blocks of (item ids, creator ids, created epochs, offers)."""
    rng = np.random.default_rng(seed)
    clusters = Clusters.draw(np.random.default_rng(0))
    creators = creator_count(sizes)
    styles = np.random.default_rng(1).integers(0, CLUSTERS, (creators, 2))
    for start in range(0, sizes.items, ROWS_A_BLOCK):
        count = min(ROWS_A_BLOCK, sizes.items - start)
        creator = rng.integers(0, creators, count)
        offers = clusters.around(styles[creator, rng.integers(0, 2, count)], rng, 0.8)
        created = NOW_EPOCH - rng.exponential(60 * DAY, count)
        yield np.arange(start + 1, start + count + 1), creator + 1_000_000_000, created, offers


def creator_count(sizes: Sizes) -> int:
    """How many creators the catalogue has."""
    return max(sizes.items // sizes.items_a_creator, 20)


def tastes(users: int, seed: int) -> NDArray[np.float32]:
    """Tastes: each the sum of two clusters."""
    rng = np.random.default_rng(seed)
    clusters = Clusters.draw(np.random.default_rng(0))
    mixed = np.zeros((users, DIMENSIONS), dtype=np.float32)
    for share in (1.0, 0.6):
        mixed += share * clusters.around(rng.integers(0, CLUSTERS, users), rng, 0.5)
    return unit_blocks(mixed)


def _vector_field(name: str, dtype: str) -> list[tuple[str, str] | tuple[str, str, tuple[int]]]:
    return [(f"{name}_len", ">i4"), (f"{name}_dim", ">i2"), (f"{name}_unused", ">i2"), (name, dtype, (DIMENSIONS,))]


def _records(count: int, fields: list[tuple[str, str]], vectors: list[tuple[str, str]]) -> np.ndarray:
    """Rows of a binary COPY: a count of columns, then each column after its length."""
    dtype: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [("columns", ">i2")]
    for name, kind in fields:
        dtype += [(f"{name}_len", ">i4"), (name, kind)]
    for name, kind in vectors:
        dtype += _vector_field(name, kind)
    records = np.zeros(count, dtype=np.dtype(dtype))
    records["columns"] = len(fields) + len(vectors)
    for name, kind in fields:
        records[f"{name}_len"] = np.dtype(kind).itemsize
    for name, kind in vectors:
        records[f"{name}_len"] = 4 + np.dtype(kind).itemsize * DIMENSIONS
        records[f"{name}_dim"] = DIMENSIONS
    return records


def _copy(connection: psycopg.Connection, statement: str, blocks: Iterator[np.ndarray]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(COPY_HEADER)
        for block in blocks:
            copy.write(block.tobytes())
        copy.write(COPY_TRAILER)


def _halves(vectors: NDArray[np.float32]) -> np.ndarray:
    return vectors.astype(np.float16).view(np.uint16).astype(">u2")


def load(connection: psycopg.Connection, sizes: Sizes, seed: int = 7) -> None:
    """Fills an installed, empty database, in one transaction."""
    with connection.transaction():
        _copy(connection, "copy pg_temp.offers from stdin (format binary)", _item_records(connection, sizes, seed))
        connection.execute(
            "insert into jophiel.item_vectors (item_id, creator_id, created_epoch, domain, offer)"
            " select item_id, creator_id, created_epoch, 'default', offer from pg_temp.offers"
        )
        connection.execute(
            "insert into jophiel.items (item_id, creator_id, created_at, updated_at)"
            " select item_id, creator_id, to_timestamp(created_epoch), to_timestamp(created_epoch) from pg_temp.offers"
        )
        connection.execute("drop table pg_temp.offers")
        _load_users(connection, sizes, seed)
    connection.execute("analyze")


def _item_records(connection: psycopg.Connection, sizes: Sizes, seed: int) -> Iterator[np.ndarray]:
    connection.execute(
        "create temporary table offers (item_id bigint, creator_id bigint, created_epoch float8, offer public.halfvec)"
    )
    return _each_item_record(sizes, seed)


def _each_item_record(sizes: Sizes, seed: int) -> Iterator[np.ndarray]:
    for ids, creators, created, offers in item_blocks(sizes, seed):
        fields = [("item_id", ">i8"), ("creator_id", ">i8"), ("created", ">f8")]
        records = _records(len(ids), fields, [("offer", ">u2")])
        records["item_id"], records["creator_id"], records["created"] = ids, creators, created
        records["offer"] = _halves(offers)
        yield records


def _load_users(connection: psycopg.Connection, sizes: Sizes, seed: int) -> None:
    connection.execute(
        "insert into jophiel.users (user_id, created_at, updated_at)"
        " select n, to_timestamp(%(now)s), to_timestamp(%(now)s) from generate_series(1, %(users)s) as n",
        {"now": NOW_EPOCH, "users": sizes.users},
    )
    connection.execute("create temporary table loaded_tastes (user_id bigint, taste public.vector)")
    vectors = tastes(sizes.users, seed + 1)
    records = _records(sizes.users, [("user_id", ">i8")], [("taste", ">f4")])
    records["user_id"], records["taste"] = np.arange(1, sizes.users + 1), vectors
    _copy(connection, "copy pg_temp.loaded_tastes from stdin (format binary)", iter([records]))
    connection.execute(
        "insert into jophiel.tastes (user_id, taste, as_of, mass, event_count, version)"
        " select user_id, taste, to_timestamp(%(now)s), 20, 20, 1 from pg_temp.loaded_tastes",
        {"now": NOW_EPOCH},
    )
    connection.execute("drop table pg_temp.loaded_tastes")
    connection.execute(
        "insert into jophiel.follows (user_id, creator_id, happened_at, event_id)"
        " select distinct on (1, 2) u, 1000000000 + mod(u::bigint * 7919 + f * f * 104729, %(creators)s),"
        "        to_timestamp(%(now)s), gen_random_uuid()"
        " from generate_series(1, %(users)s) as u, generate_series(1, %(follows)s) as f",
        {"now": NOW_EPOCH, "users": sizes.users, "follows": sizes.follows, "creators": creator_count(sizes)},
    )
    connection.execute(
        "insert into jophiel.interactions"
        " (user_id, event_id, item_id, interaction_type, happened_at, received_at)"
        " select u, gen_random_uuid(), 1 + mod(u::bigint * 15485863 + l::bigint * l * 32452843, %(items)s), 'like',"
        "        to_timestamp(%(now)s), to_timestamp(%(now)s)"
        " from generate_series(1, %(users)s) as u, generate_series(1, %(likes)s) as l",
        {"now": NOW_EPOCH, "users": sizes.users, "likes": sizes.likes, "items": sizes.items},
    )
