"""A model goes into use, and comes back, in one transaction; coordinates never mix."""

from __future__ import annotations

import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.sql.feeds import world
from tests.sql.feeds.world import Item, scalar, vector
from tests.sql.models.trained import activate, blocks, put_model, states

Connection = psycopg.Connection[Any]

EAST, NORTH = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]


@pytest.fixture
def small(db: Connection) -> Connection:
    """Three items of one content; user 1 likes item 1."""
    world.furnish(db)
    world.put_items(db, [Item(n, vector(1)) for n in (1, 2, 3)])
    db.execute("select jophiel.record_interaction(1, 1, 'like', p_happened_at => %s)", (world.NOW,))
    return db


def test_vectors_weights_and_lengths_change_at_once(small: Connection) -> None:
    assert world.ids(world.recompute(small, 1)) == [2, 3], "alike: by id"
    model = put_model(
        small, {1: (EAST, NORTH), 3: (NORTH, [0.5, 0, 0])}, weights={"collaborative": 2, "popularity": 0.5}
    )
    assert activate(small, model) == 3
    assert scalar(small, "select jophiel._setting('collaborative_dimensions')") == 3
    assert blocks(small) == {1: NORTH, 2: [0, 0, 0], 3: [0.5, 0, 0]}, "out-vectors keep their lengths"
    assert blocks(small, "item_signals", "signal") == {1: EAST, 2: [0, 0, 0], 3: NORTH}
    assert states(small) == {model: "active"}
    policy = small.execute(
        "select collaborative, popularity, novelty, similarity from jophiel.scoring_policies"
    ).fetchone()
    assert policy == (2, 0.5, 0.2, 1)

    assert scalar(small, "select count(*) from jophiel.tastes where stale_since is null") == 0
    assert world.ids(world.feed(small, 1)) == [2, 3], "what is stored is served until the batch comes"
    small.execute("call jophiel.run_batch()")
    assert world.ids(world.feed(small, 1)) == [3, 2]
    assert world.feed(small, 1)[0][1] == pytest.approx(2 * 0.5, abs=1e-3), "the batch has vectorised: no content"
    assert world.total(small, 1, 3) == pytest.approx(1, abs=1e-3)


def test_a_reader_before_the_batch_has_the_new_coordinates(small: Connection) -> None:
    """The stored taste is of the old ones and of another length; nobody may compare the two."""
    activate(small, put_model(small, {1: (EAST, NORTH), 3: (NORTH, EAST)}))
    assert world.ids(world.feed(small, 1)) == [3, 2]
    small.execute("select jophiel.record_interaction(1, 2, 'play')")
    small.execute("select jophiel.record_interaction(2, 3, 'like')")
    assert world.ids(world.feed(small, 2)) == [1, 2], "a new user after the switch: north is item 1"
    small.execute("select jophiel.follow(2, 101)")
    small.execute("call jophiel.run_batch()")
    assert scalar(small, "select count(*) from jophiel.tastes where public.vector_dims(taste) <> 7") == 0


def test_policies_set_by_hand_are_left_alone(small: Connection) -> None:
    small.execute("select jophiel.define_policy('mine', '{\"novelty\": 1}')")
    small.execute("select jophiel.define_policy('quick', '{\"following\": 2}')")
    small.execute("update jophiel.scoring_policies set novelty = 0.7 where policy = 'default'")
    activate(small, put_model(small, {1: (EAST, EAST)}, weights={"collaborative": 3}))
    weights = dict(small.execute("select policy, collaborative from jophiel.scoring_policies").fetchall())
    assert weights == {"default": 3, "mine": 1, "quick": 3}
    assert scalar(small, "select novelty from jophiel.scoring_policies where policy = 'default'") == 0.7
    activate(small, put_model(small, {1: (EAST, EAST)}, weights={"novelty": 0}))
    assert (
        scalar(small, "select (collaborative, novelty)::text from jophiel.scoring_policies where policy = 'default'")
        == "(1,0)"
    )
    small.execute("select jophiel.rollback_model()")
    small.execute("select jophiel.rollback_model()")
    rows = small.execute("select policy, collaborative, novelty, untuned from jophiel.scoring_policies").fetchall()
    assert sorted(rows) == [("default", 1, 0.7, None), ("mine", 1, 1, None), ("quick", 1, 0.2, None)]


def test_what_popularity_is_comes_with_its_weight(small: Connection) -> None:
    def settings() -> tuple[float, float]:
        row = small.execute(
            "select jophiel._setting('popularity_exponent') as e, jophiel._setting('popularity_half_life_days') as h"
        ).fetchone()
        assert row is not None
        return row.e, row.h

    small.execute("select jophiel.record_interaction(2, 2, 'play', p_happened_at => %s)", (world.NOW,))
    small.execute("call jophiel.run_batch()")
    popular = "select popularity from jophiel.item_stats where item_id = 2"
    assert scalar(small, popular) == pytest.approx(math.log(1.2) / math.log(2))
    tuned = {"popularity": 1, "popularity_exponent": 0.5, "popularity_half_life_days": 3}
    activate(small, put_model(small, {1: (EAST, EAST)}, weights=tuned))
    assert settings() == (0.5, 3)
    small.execute("call jophiel.run_batch()")
    assert scalar(small, popular) == pytest.approx(math.sqrt(0.2))
    activate(small, put_model(small, {1: (EAST, EAST)}, weights={"popularity_half_life_days": 5}))
    assert settings() == (0, 5)
    activate(small, put_model(small, {1: (EAST, EAST)}))
    assert settings() == (0, 14)
    small.execute("select jophiel.define_policy('default', '{\"popularity\": 0.1}')")
    activate(small, put_model(small, {1: (EAST, EAST)}, weights=tuned))
    assert settings() == (0, 14), "chosen by hand"


def test_back_to_the_model_before_and_to_none(small: Connection) -> None:
    first, second = (put_model(small, {1: (EAST, EAST)}), put_model(small, {1: (NORTH[:2], NORTH[:2])}))
    activate(small, first)
    activate(small, second)
    assert activate(small, second) is None, "it is in use already"
    assert states(small) == {first: "retired", second: "active"}
    assert blocks(small)[1] == NORTH[:2]
    assert scalar(small, "select jophiel.rollback_model()") == first
    assert blocks(small)[1] == EAST
    assert states(small) == {first: "active", second: "ready"}
    assert scalar(small, "select jophiel.rollback_model()") is None
    assert blocks(small)[1] == [0, 0, 0]
    assert states(small) == {first: "ready", second: "ready"}
    assert activate(small, second) == 3


def test_who_was_rolled_back_and_discarded_cannot_be_used(small: Connection) -> None:
    first, second = (put_model(small, {1: (EAST, EAST)}), put_model(small, {1: (NORTH, NORTH)}))
    activate(small, first)
    activate(small, second)
    small.execute("update jophiel.settings set value = '1' where name = 'models_kept'")
    assert scalar(small, "select jophiel.rollback_model()") == first
    assert states(small) == {first: "active", second: "discarded"}
    with pytest.raises(psycopg.DatabaseError, match="it is discarded"):
        activate(small, second)


def test_only_models_that_are_ready_can_be_used(small: Connection) -> None:
    with pytest.raises(psycopg.DatabaseError, match="it is unknown") as caught:
        activate(small, uuid4())
    assert caught.value.sqlstate == "JO030"
    small.execute("select jophiel._begin_model(%s, 'svd', '{}')", (model := uuid4(),))
    with pytest.raises(psycopg.DatabaseError, match="it is building"):
        activate(small, model)
    with pytest.raises(psycopg.DatabaseError, match="no model is active"):
        small.execute("select jophiel.rollback_model()")


def test_a_killed_training_leaves_nothing_but_a_note(small: Connection) -> None:
    active = put_model(small, {1: (EAST, EAST)})
    activate(small, active)
    killed, lost = uuid4(), uuid4()
    small.execute("select jophiel._begin_model(%s, 'svd', '{}')", (killed,))
    small.execute("insert into jophiel.model_vectors values (%s, 1, '[1]', '[1]')", (killed,))
    small.execute("select jophiel._begin_model(%s, 'svd', '{}')", (lost,))
    assert states(small) == {active: "active", killed: "failed", lost: "building"}
    assert scalar(small, "select count(*) from jophiel.model_vectors where model_id <> %s", active) == 0
    with pytest.raises(psycopg.DatabaseError) as caught:
        small.execute("select jophiel._finish_model(%s, '{}')", (killed,))
    assert caught.value.sqlstate == "JO031"
    small.execute("select jophiel._fail_model(%s, 'too late')", (active,))
    assert states(small)[active] == "active"


def test_old_models_go(small: Connection) -> None:
    models = []
    for day in range(1, 6):
        small.execute("select set_config('jophiel.now', %s, false)", (f"2026-03-0{day}T00:00:00Z",))
        models.append(put_model(small, {1: (EAST, EAST)}))
        activate(small, models[-1])
    assert [states(small)[model] for model in models] == ["discarded", "discarded", "retired", "retired", "active"]
    assert scalar(small, "select count(*) from jophiel.model_vectors") == 3
    assert scalar(small, "select jophiel._discard_old_models()") == 0


def test_items_that_come_after_the_training_have_its_vectors(db: Connection) -> None:
    """Also those that were imported before and are vectorised later, as in: import, train, batch run."""
    world.furnish(db)
    activate(db, put_model(db, {1: (EAST, NORTH), 2: (NORTH, EAST)}))
    db.execute(
        "select jophiel.upsert_items(%s)", (json.dumps([{"item_id": 1, "tags": ["a"]}, {"item_id": 9, "tags": ["a"]}]),)
    )
    assert blocks(db) == {1: NORTH, 9: [0, 0, 0]}
    db.execute("call jophiel.run_batch()")
    assert blocks(db) == {1: NORTH, 9: [0, 0, 0]}, "another feature schema keeps them"
    db.execute("insert into jophiel.items (item_id, tags, created_at, updated_at) values (2, '{b}', now(), now())")
    db.execute("call jophiel.revectorise()")
    assert blocks(db)[2] == EAST
    assert blocks(db, "item_signals", "signal") == {1: EAST, 2: NORTH, 9: [0, 0, 0]}
    db.execute("select jophiel.upsert_items(%s)", (json.dumps([{"item_id": 1, "tags": ["c"]}]),))
    assert blocks(db)[1] == NORTH
    assert blocks(db, "item_signals", "signal")[1] == EAST


def test_readers_and_writers_while_models_change(small: Connection, database_url: str) -> None:
    """Two models of different lengths by turns: no reader sees an error or half of a model, no event is lost."""
    world.put_items(small, [Item(n, vector(1), creator_id=100 + n % 3) for n in range(4, 30)])
    models = [
        put_model(small, dict.fromkeys(range(1, 30), (EAST, EAST))),
        put_model(small, dict.fromkeys(range(1, 30), ([1.0] * 9, [1 / 3] * 9))),
    ]
    stop = threading.Event()

    def read(number: int) -> int:
        reads = 0
        with psycopg.connect(database_url, autocommit=True, row_factory=namedtuple_row) as reader:
            while not stop.is_set():
                reader.execute("select jophiel.recompute_feed(%s::bigint)", (number,))
                reader.execute("select jophiel.record_interaction(%s::bigint, %s, 'like')", (number, 1 + reads % 29))
                reader.execute("select jophiel.follow(%s::bigint, %s)", (number, 100 + reads % 3))
                reader.execute("select * from jophiel.get_feed(%s::bigint)", (number,)).fetchall()
                reads += 1
        return reads

    small.execute('select jophiel.upsert_users(\'[{"user_id": 11}, {"user_id": 12}]\')')
    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read, number) for number in (11, 12)]
        for turn in range(12):
            activate(small, models[turn % 2])
            small.execute("call jophiel.run_batch()")
        stop.set()
        assert min(reader.result() for reader in readers) > 0
    small.execute("call jophiel.run_batch()")
    for user in (11, 12):
        before = scalar(small, "select taste::text from jophiel.tastes where user_id = %s", user)
        small.execute("select jophiel._rebuild_tastes(array[%s::bigint])", (user,))
        assert scalar(small, "select taste::text from jophiel.tastes where user_id = %s", user) == before
