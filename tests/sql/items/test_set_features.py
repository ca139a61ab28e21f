from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.sql.items.catalogue import AUDIO, scalar, set_features

Connection = psycopg.Connection[Any]

GOOD = {"feature": "a", "kind": "category"}


def test_replaces_the_schema(db: Connection) -> None:
    set_features(db, *AUDIO)
    assert scalar(db, "select array_agg(feature order by feature) from jophiel.features") == [
        "bpm",
        "genero",
        "tags",
        "tipo",
        "title",
    ]
    set_features(db, GOOD)
    row = db.execute(
        "select feature, kind, source, domain, weight, min_value, max_value from jophiel.features"
    ).fetchone()
    assert row == ("a", "category", "a", None, 1, None, None)


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ("[]", "empty"),
        ("{}", "not an array"),
        ("null", "not an array"),
        ("[3]", "feature 1 .*not an object"),
        ('[{"kind": "text"}]', "no name"),
        ('[{"feature": "", "kind": "text"}]', "no name"),
        ('[{"feature": "a"}]', "no known kind"),
        ('[{"feature": "a", "kind": "audio"}]', "no known kind"),
        ('[{"feature": "a", "kind": "text", "colour": 1}]', "colour"),
        ('[{"feature": "a", "kind": "text", "source": "a..b"}]', "source"),
        ('[{"feature": "a", "kind": "text", "domain": 3}]', "domain"),
        ('[{"feature": "a", "kind": "text", "weight": "NaN"}]', "weight"),
        ('[{"feature": "a", "kind": "text", "weight": 0}]', "weight"),
        ('[{"feature": "a", "kind": "text", "weight": 101}]', "weight"),
        ('[{"feature": "a", "kind": "text", "min_value": 1, "max_value": 2}]', "range"),
        ('[{"feature": "a", "kind": "number"}]', "range"),
        ('[{"feature": "a", "kind": "number", "min_value": 1}]', "range"),
        ('[{"feature": "a", "kind": "number", "min_value": 2, "max_value": 2}]', "range"),
        ('[{"feature": "a", "kind": "number", "min_value": "NaN", "max_value": 2}]', "range"),
        ('[{"feature": "a", "kind": "number", "min_value": 0, "max_value": 1e400}]', "range"),
        ('[{"feature": "a", "kind": "text"}, {"feature": "a", "kind": "tags"}]', "feature 2 .*twice"),
    ],
)
def test_a_broken_schema_changes_nothing(db: Connection, features: str, reason: str) -> None:
    set_features(db, GOOD)
    with pytest.raises(psycopg.Error, match=reason) as caught:
        db.execute("select jophiel.set_features(%s)", (features,))
    assert caught.value.sqlstate == "JO014"
    assert caught.value.diag.message_hint
    assert scalar(db, "select array_agg(feature) from jophiel.features") == ["a"]


def test_room_for_numbers(db: Connection) -> None:
    numbers = [{"feature": f"n{n}", "kind": "number", "min_value": 0, "max_value": 1} for n in range(49)]
    set_features(db, *numbers[:48])
    with pytest.raises(psycopg.Error, match="room") as caught:
        set_features(db, *numbers)
    assert caught.value.sqlstate == "JO014"


def test_the_audio_example(db: Connection) -> None:
    script = Path(__file__).parents[3] / "sql" / "examples" / "audio.sql"
    for _ in range(2):
        db.execute(script.read_text())
    assert scalar(db, "select count(*) from jophiel.features where feature in ('bpm', 'genero', 'title')") == 3
