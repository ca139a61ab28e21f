"""The indexes that candidates rely on are used."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.sql.api.catalogue import index_scans, table_scans
from tests.sql.candidates.clustered import clustered
from tests.sql.feeds import world

Connection = psycopg.Connection[Any]


@pytest.fixture
def large(db: Connection) -> Connection:
    clustered(db, 11_000)
    db.execute(
        "insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at) "
        "select u.user_id, gen_random_uuid(), 1 + (n * 7919) % 11000, 'play', now(), now() "
        "from jophiel.users as u, generate_series(1, 250) as n"
    )
    db.execute(
        "insert into jophiel.item_stats (item_id, popularity, updated_at) "
        "select n, n / 11000.0, now() from generate_series(1, 11000) as n"
    )
    db.execute("select jophiel.build_cells()")
    db.execute("vacuum analyze jophiel.item_vectors, jophiel.cells, jophiel.interactions, jophiel.item_stats")
    return db


def plan(db: Connection, statement: str) -> str:
    return "\n".join(row[0] for row in db.execute(f"explain (costs off) {statement}".encode()))


SOURCES = {
    "select * from jophiel._nearest_items('{30, 31, 32}', null)": "item_vectors_cell_idx",
    "select * from jophiel._followed_items('{3, 4}', null, 60)": "item_vectors_creator_id_created_epoch_item_id_idx",
    "select * from jophiel._fresh_items(null, null, 100)": "item_vectors_created_epoch_idx",
    "select * from jophiel._fresh_items('rare', null, 100)": "item_vectors_domain_created_epoch_idx",
    "select * from jophiel._popular_items(null, null, 200)": "item_stats_popularity_idx",
    "select n.cell from jophiel.tastes as t "
    "cross join lateral jophiel._nearest_cells('default', t.taste::public.halfvec, 400, 24) as n": (
        "cells_domain_parent_idx"
    ),
}


def test_each_source_is_inlined_and_reads_its_index(large: Connection) -> None:
    for statement, index in SOURCES.items():
        found = plan(large, statement)
        assert index in found
        assert "Function Scan on _" not in found
        assert "Seq Scan on item_vectors" not in found


def test_a_recompute_reads_through_indexes_only(large: Connection) -> None:
    indexes = (
        "item_vectors_cell_idx",
        "item_vectors_creator_id_created_epoch_item_id_idx",
        "item_vectors_created_epoch_idx",
        "interactions_user_id_item_id_idx",
        "cells_domain_parent_idx",
    )
    before = {index: index_scans(large, index) for index in indexes}
    scanned = table_scans(large, "item_vectors"), table_scans(large, "interactions")

    large.execute("select jophiel.recompute_feeds(array(select u.user_id from jophiel.users as u))")

    assert [index for index in indexes if index_scans(large, index) <= before[index]] == []
    assert (table_scans(large, "item_vectors"), table_scans(large, "interactions")) == scanned

    # A draw for exploration is one probe, not a sort of the catalogue.
    probes, scans = index_scans(large, "item_vectors_created_epoch_idx"), table_scans(large, "item_vectors")

    assert world.scalar(large, "select jophiel._draw_item(0.5, null, null)") is not None
    assert index_scans(large, "item_vectors_created_epoch_idx") > probes
    assert table_scans(large, "item_vectors") == scans
