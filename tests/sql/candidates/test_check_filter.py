from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]


def check(db: Connection, definition: object) -> None:
    db.execute("select jophiel.check_filter(%s)", (None if definition is None else json.dumps(definition),))


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {
            "tags": ["a"],
            "any_tags": ["b", "c"],
            "not_tags": ["d"],
            "metadata": {},
            "creators": [1, "x", -5],
            "not_creators": [2],
            "created_within": "1 month",
            "created_after": "2026-01-31T12:00:00+02:00",
            "text": "one or two",
        },
    ],
)
def test_accepts_what_is_known(db: Connection, definition: object) -> None:
    check(db, definition)


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        (None, "the filter is not an object"),
        ([], "the filter is not an object"),
        ("tags", "the filter is not an object"),
        ({"limit": 3}, '"limit" is not known'),
        ({"tags": "guitar"}, '"tags" is not a list of texts'),
        ({"tags": []}, '"tags" is not a list of texts'),
        ({"any_tags": ["a", 1]}, '"any_tags" is not a list of texts'),
        ({"not_tags": [" "]}, '"not_tags" is not a list of texts'),
        ({"not_tags": None}, '"not_tags" is not a list of texts'),
        ({"metadata": ["a"]}, '"metadata" is not an object'),
        ({"creators": [1.5]}, '"creators" is not a list of ids'),
        ({"not_creators": [None]}, '"not_creators" is not a list of ids'),
        ({"created_within": 7}, '"created_within" is not an interval'),
        ({"created_within": "soon"}, '"created_within" is not an interval'),
        ({"created_within": "-1 day"}, '"created_within" is not between'),
        ({"created_within": "5000 years"}, '"created_within" is not between'),
        ({"created_within": "infinity"}, '"created_within" is not between'),
        ({"created_after": "yesterday"}, '"created_after" is not a time'),
        ({"created_after": "2026-13-01"}, '"created_after" is not a time'),
        ({"created_after": True}, '"created_after" is not a time'),
        ({"text": "..."}, '"text" has no word'),
        ({"text": ["a"]}, '"text" has no word'),
        ({"tags": ["a"], "a": 1, "b": 2}, '"a" is not known'),
    ],
)
def test_refuses_what_is_not(db: Connection, definition: object, reason: str) -> None:
    with pytest.raises(psycopg.Error, match=reason) as error:
        check(db, definition)

    assert error.value.sqlstate == "JO021"
    assert "any_tags" in (error.value.diag.message_hint or "")
