"""A consumer's session plans its statements once, over what a fresh database holds, and sees the tables grow."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from tests.sql.events.messages import event, ingest

if TYPE_CHECKING:
    import psycopg

USERS, ITEMS, GROWN, CREATORS = 5000, 300, 5000, 20
# None is read as a whole in a batch, however long it has become.
GROWING = ("collection_items", "follows", "interactions", "item_signals", "tastes", "user_tombstones", "users")
READ = (
    "select relname, seq_tup_read + idx_tup_fetch as rows from pg_stat_xact_user_tables "
    "where schemaname = 'jophiel' and relname = any (%s) and (seq_tup_read > 0 or idx_tup_fetch >= %s)"
)


def _batch(draw: random.Random, *names: str) -> list[dict[str, Any]]:
    def one(name: str) -> dict[str, Any]:
        user = draw.randint(1, USERS)
        if name.endswith("follow"):
            return event(name, user_id=user, **{f"{name}ed_user_id": draw.randint(1, CREATORS)})
        return event(name, user_id=user, sample_id=draw.randint(1, ITEMS))

    return [one(draw.choice(names)) for _ in range(100)]


def test_no_batch_reads_a_table_that_has_grown(db: psycopg.Connection[Any]) -> None:
    draw = random.Random(5)
    items = [{"item_id": n, "creator_id": 1 + n % CREATORS, "tags": [f"tag{n % 9}"]} for n in range(1, ITEMS + 1)]
    db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps(items),))
    usual, any_kind = ("like", "play", "view"), ("like", "unlike", "play", "share", "follow", "unfollow")
    for names in (usual, any_kind):
        ingest(db, *_batch(draw, *names))
    db.execute(
        "insert into jophiel.users (user_id, created_at, updated_at) "
        "select g, now(), now() from generate_series(1, %s) as g on conflict do nothing",
        (USERS,),
    )
    db.execute(
        "insert into jophiel.tastes (user_id, taste, as_of) "
        "select user_id, jophiel._zero_taste(), 'epoch' from jophiel.users on conflict do nothing"
    )
    db.execute(
        "insert into jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at) "
        "select 1 + g %% %s, gen_random_uuid(), 1 + g %% %s, 'view', now(), now() "
        "from generate_series(1, 20000) as g",
        (USERS, ITEMS),
    )
    db.execute(
        "insert into jophiel.item_signals select 1000 + g, s.version, s.signal "
        "from (select * from jophiel.item_signals limit 1) as s, generate_series(1, %s) as g",
        (GROWN,),
    )
    for names in (usual, any_kind):
        # The counters below begin anew.
        db.execute("select pg_stat_force_next_flush()")
        with db.transaction():
            assert set(ingest(db, *_batch(draw, *names))) == {"applied"}
            read = db.execute(READ, (list(GROWING), GROWN)).fetchall()
        assert {row.relname: row.rows for row in read} == {}, names
