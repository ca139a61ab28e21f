"""jophiel._settle_interactions: a log that came by COPY ends as if it had been recorded event by event."""

from __future__ import annotations

import json
import random
import uuid
from typing import Any

import psycopg
import pytest

from tests.sql.taste import model
from tests.sql.taste.model import Event


@pytest.mark.parametrize("users", [None, [1, 2]])
def test_it_equals_recording(db: psycopg.Connection[Any], users: list[int] | None) -> None:
    model.furnish(db)
    draw = random.Random(5)
    events = [
        Event(
            draw.choice([1, 2]),
            draw.choice([1, 2, 9]),
            draw.choice(sorted(model.WEIGHTS)),
            model.START + draw.randrange(9) * model.DAY,
            uuid.UUID(int=n),
            collection=draw.choice([None, None, 5, 6]),
        )
        for n in range(300)
    ]
    with db.cursor().copy(
        "copy jophiel.interactions (user_id, event_id, item_id, interaction_type, happened_at, received_at, details) "
        "from stdin"
    ) as copy:
        for event in events:
            details = None if event.collection is None else json.dumps({"collection_id": event.collection})
            copy.write_row((event.user, event.id, event.subject, event.type, event.at, event.at, details))
    settled = db.execute("select jophiel._settle_interactions(%s::bigint[])", (users,)).fetchone()
    assert settled is not None
    assert settled[0] > 0
    rows = db.execute("select user_id, event_id from jophiel.interactions where is_active").fetchall()
    assert {tuple(row) for row in rows} == model.active(events)
    assert db.execute("select count(*) from jophiel.tastes where stale_since is not null").fetchone() == (2,)
    assert db.execute("select count(*) from jophiel.users").fetchone() == (2,)
    model.rebuild(db, 1, 2)
    for user in (1, 2):
        model.assert_equal(model.taste(db, user), model.expected(events, user))
    assert db.execute("select jophiel._settle_interactions(%s::bigint[])", (users,)).fetchone() == (0,)


def test_an_empty_log_is_settled(db: psycopg.Connection[Any]) -> None:
    assert db.execute("select jophiel._settle_interactions()").fetchone() == (0,)


@pytest.mark.parametrize("weight", ["nan", "infinity", "-100.1"])
def test_a_weight_that_no_function_would_write_is_refused(db: psycopg.Connection[Any], weight: str) -> None:
    db.execute(
        "insert into jophiel.interactions "
        "(user_id, event_id, item_id, interaction_type, weight, happened_at, received_at) "
        "values (1, gen_random_uuid(), 2, 'like', %s::real, now(), now()), "
        "(3, gen_random_uuid(), 2, 'like', 100, now(), now())",
        (weight,),
    )
    with pytest.raises(psycopg.Error) as error:
        db.execute("select jophiel._settle_interactions()")
    assert error.value.sqlstate == "JO012"
    db.execute("select jophiel._settle_interactions('{3}')")
