"""COPY's binary format, there and back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import numpy as np
import psycopg
import scipy.sparse

from jophiel.database.modelling import ModelGateway
from jophiel.models import store

Connection = psycopg.Connection[Any]


def log(db: Connection, count: int) -> None:
    """Events of 7 users about 5 items, an hour apart, the newest first; every tenth is not active."""
    db.execute(
        "insert into jophiel.interactions "
        "(user_id, event_id, item_id, interaction_type, weight, is_active, happened_at, received_at) "
        "select n %% 7 - 3, gen_random_uuid(), n %% 5, 'play', "
        "       case when n %% 2 = 0 then 0.5 + n %% 50 end, n %% 10 <> 0, "
        "       '2026-01-01T00:00:00Z'::timestamptz - n * interval '1 hour', '2026-02-01T00:00:00Z' "
        "  from generate_series(1, %s) as n",
        (count,),
    )


def test_the_log_by_user_and_time(db: Connection) -> None:
    log(db, 20)
    gateway = ModelGateway(db)
    facts = gateway.log_facts(100)
    assert (facts.interactions, facts.cut) == (18, None)
    users, items, weights, epochs = store.read_events(gateway.copy_log(None))
    assert users.tolist() == sorted(users.tolist())
    assert set(zip(users.tolist(), items.tolist(), strict=True)) == {(n % 7 - 3, n % 5) for n in range(1, 20) if n % 10}
    assert all(np.diff(epochs[users == 2]) > 0)
    by_time = {round((1767225600 - epoch) / 3600): float(weight) for epoch, weight in zip(epochs, weights, strict=True)}
    assert by_time[4] == 4.5
    assert by_time[5] == np.float32(0.2), "the weight of the type"


def test_an_empty_log(db: Connection) -> None:
    gateway = ModelGateway(db)
    assert gateway.log_facts(100).interactions == 0
    assert [len(column) for column in store.read_events(gateway.copy_log(None))] == [0, 0, 0, 0]


def test_only_the_newest(db: Connection) -> None:
    log(db, 20)
    gateway = ModelGateway(db)
    facts = gateway.log_facts(5)
    assert facts.interactions == 18
    _, _, _, epochs = store.read_events(gateway.copy_log(facts.cut))
    assert sorted(round((1767225600 - epoch) / 3600) for epoch in epochs) == [1, 2, 3, 4, 5]


def test_more_rows_than_a_chunk(db: Connection) -> None:
    log(db, 5 * store._CHUNK_ROWS // 2)
    users, *_ = store.read_events(ModelGateway(db).copy_log(None))
    assert len(users) == 9 * store._CHUNK_ROWS // 4


def test_vectors(db: Connection) -> None:
    gateway, model = ModelGateway(db), uuid4()
    gateway.begin_model(model, "svd", {})
    count = store._CHUNK_ROWS + 3
    items = np.arange(-5, count - 5)
    vectors = np.outer(np.arange(count) / count, [0.25, -1.5, 3]).astype(np.float32)
    with db.transaction(), gateway.copy_in("model_vectors") as copy:
        store.write_vectors(copy, model, items, vectors, -vectors)
    rows = db.execute(
        "select item_id, in_vector::public.vector::real[] as i, out_vector::public.vector::real[] as o "
        "from jophiel.model_vectors where model_id = %s order by item_id",
        (model,),
    ).fetchall()
    assert [row.item_id for row in rows] == items.tolist()
    stored = vectors.astype(np.float16).astype(np.float32)
    assert np.array_equal(np.array([row.i for row in rows], dtype=np.float32), stored)
    assert np.array_equal(np.array([row.o for row in rows], dtype=np.float32), -stored)


def test_neighbours(db: Connection) -> None:
    gateway, model = ModelGateway(db), uuid4()
    gateway.begin_model(model, "neighbours", {})
    rows = [[0, 0.5, 0.25, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0.5, 0.5, 1, 0.125]]
    with db.transaction(), gateway.copy_in("item_neighbours") as copy:
        store.write_neighbours(
            copy, model, np.array([-9, 2, 3, 8]), scipy.sparse.csr_array(np.array(rows, dtype=np.float32))
        )
    found = db.execute(
        "select item_id, neighbour_ids, weights from jophiel.item_neighbours order by item_id"
    ).fetchall()
    assert found == [(-9, [2, 3], [0.5, 0.25]), (2, [-9], [1]), (8, [3, -9, 2, 8], [1, 0.5, 0.5, 0.125])]


def test_the_most_neighbours_fit_into_a_page(db: Connection) -> None:
    gateway, model = ModelGateway(db), uuid4()
    gateway.begin_model(model, "neighbours", {})
    count = store.MOST_NEIGHBOURS + 100
    row = scipy.sparse.csr_array(np.arange(1, count + 1, dtype=np.float32)[None, :])
    square = scipy.sparse.csr_array((row.data, row.indices, np.r_[0, np.full(count, count)]), shape=(count, count))
    with db.transaction(), gateway.copy_in("item_neighbours") as copy:
        store.write_neighbours(copy, model, np.arange(count), square)
    kept = db.execute("select neighbour_ids, weights from jophiel.item_neighbours").fetchone()
    assert kept is not None
    assert kept.neighbour_ids == list(range(count - 1, 99, -1)), "the strongest"
