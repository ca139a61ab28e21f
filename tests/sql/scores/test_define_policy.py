from __future__ import annotations

from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]

NO_WEIGHT = '{"similarity": 0, "collaborative": 0, "following": 0, "novelty": 0, "popularity": 0}'


def policies(db: Connection) -> list[Any]:
    return db.execute("select * from jophiel.scoring_policies order by policy").fetchall()


def test_makes_a_policy_and_changes_what_is_given(db: Connection) -> None:
    db.execute("""select jophiel.define_policy('newest', '{"novelty": 5, "novelty_half_life": "1 day"}')""")
    db.execute("""select jophiel.define_policy('newest', '{"following": 0}')""")
    db.execute("select jophiel.define_policy('plain')")

    default, newest, plain = policies(db)
    assert (newest.novelty, newest.following, newest.similarity, newest.novelty_half_life.days) == (5, 0, 1, 1)
    assert plain._replace(policy="default") == default


MISTAKES = [
    ("", "{}", "JO001"),
    (None, "{}", "JO001"),
    ("default", NO_WEIGHT, "JO006"),
    ("new", NO_WEIGHT, "JO006"),
    ("default", '{"similarity": -1}', "JO006"),
    ("default", '{"similarity": 101}', "JO006"),
    ("default", '{"similarity": "NaN"}', "JO006"),
    ("default", '{"similarity": null}', "JO006"),
    ("default", '{"similarity": "much"}', "JO006"),
    ("default", '{"penalty": 1}', "JO006"),
    ("default", '{"novelty_half_life": "0 s"}', "JO006"),
    ("default", '{"similarty": 1}', "JO010"),
    ("default", '{"policy": "other"}', "JO010"),
    ("default", "[]", "JO010"),
    ("default", None, "JO010"),
]


def test_errors_change_nothing(db: Connection) -> None:
    for policy, options, sqlstate in MISTAKES:
        before = policies(db)

        with pytest.raises(psycopg.Error) as error:
            db.execute("select jophiel.define_policy(%s, %s)", (policy, options))

        assert error.value.sqlstate == sqlstate, options
        assert error.value.diag.message_hint
        assert policies(db) == before


def test_a_plain_update_to_no_weight_is_refused(db: Connection) -> None:
    before = policies(db)

    with pytest.raises(psycopg.errors.CheckViolation, match="some_weight"):
        db.execute("update jophiel.scoring_policies set similarity = 0, collaborative = 0, following = 0, novelty = 0")

    assert policies(db) == before
