"""jophiel.ingest_events: the life of samples and users."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.sql.events.messages import START, event, ingest, results
from tests.sql.taste import model

if TYPE_CHECKING:
    from collections.abc import Sequence

# As the audio analyser writes it.
METADATA = {
    "bpm": 120.5,
    "tags": ["guitar", "melancholy"],
    "tipo": "loop",
    "genero": ["ambient", "lofi"],
    "emocion_es": ["triste", "melancólico"],
    "titulo": "Lluvia",
    "descripcion": "Una tarde",
    "nobody named this": {"yet": [1, None]},
}


def _created(at: float, item: Any = 1, metadata: Any = METADATA, creator: Any = 101) -> dict[str, Any]:
    return event("sample.lifecycle.created", at, sample_id=item, creator_id=creator, metadata=metadata)


def _updated(at: float, item: Any = 1, metadata: Any = METADATA, creator: Any = 101) -> dict[str, Any]:
    return event("sample.lifecycle.updated", at, sample_id=item, creator_id=creator, metadata=metadata)


def _deleted(at: float, item: Any = 1) -> dict[str, Any]:
    return event("sample.lifecycle.deleted", at, sample_id=item)


def _user(what: str, at: float, user: Any = 1, **fields: Any) -> dict[str, Any]:
    return event(f"user.lifecycle.{what}", at, user_id=user, **fields)


def _life(db: psycopg.Connection[Any], item: int = 1) -> tuple[str, float] | None:
    """The title of an item, and the seconds after START at which its life began; None where it is not there."""
    row = db.execute("select * from jophiel.items where item_id = %s and deleted_at is null", (item,)).fetchone()
    in_search = db.execute("select created_epoch from jophiel.item_vectors where item_id = %s", (item,)).fetchone()
    assert (row is None) is (in_search is None)
    if row is None or in_search is None:
        return None
    assert in_search.created_epoch == pytest.approx(row.created_at.timestamp())
    return row.title, (row.created_at - START).total_seconds()


def _rows(db: psycopg.Connection[Any], table: str, columns: str) -> Sequence[Any]:
    return db.execute(f"select {columns} from jophiel.{table} order by 1").fetchall()  # noqa: S608


def test_a_sample_is_stored_whole(db: psycopg.Connection[Any]) -> None:
    created = _created(5, "abc", creator="maker")
    assert ingest(db, created) == ["applied"]
    assert ingest(db, created) == ["duplicate"]
    row = db.execute(
        "select jophiel.external_key('item', item_id) as item, jophiel.external_key('user', creator_id), title, "
        "description, tags, metadata, created_at from jophiel.items"
    ).fetchone()
    assert row is not None
    assert row[:5] == ("abc", "maker", "Lluvia", "Una tarde", ["guitar", "melancholy"])
    assert row.metadata == METADATA
    assert (row.created_at - START).total_seconds() == 5
    found = db.execute("select count(*) from jophiel.search_items('lluvia')").fetchone()
    assert found == (1,)


def test_tags_may_be_one_text(db: psycopg.Connection[Any]) -> None:
    told: list[Any] = ["guitar", ["guitar", 7], None]
    assert (
        ingest(db, *(_created(0, n, {"tags": tags, "titulo": None}) for n, tags in enumerate(told))) == ["applied"] * 3
    )
    assert _rows(db, "items", "item_id, tags") == [(0, ["guitar"]), (1, ["guitar", "7"]), (2, [])]


def test_the_latest_word_wins_and_the_first_dates(db: psycopg.Connection[Any]) -> None:
    told = [
        _created(10, metadata={"titulo": "first"}),
        _updated(20, metadata={"titulo": "second"}),
        _updated(30, metadata={"titulo": "third"}),
    ]
    for order in itertools.permutations(told):
        db.execute("truncate jophiel.items, jophiel.item_vectors, jophiel.item_signals, jophiel.item_events")
        for message in order:
            ingest(db, message)
        assert _life(db) == ("third", 10)


def test_a_deletion_ends_a_life(db: psycopg.Connection[Any]) -> None:
    told = [
        (_created(10, metadata={"titulo": "first"}), _deleted(20)),
        (_updated(40, metadata={"titulo": "third"}), _created(30, metadata={"titulo": "second"})),
    ]
    for order in itertools.permutations(itertools.chain(*told)):
        db.execute("truncate jophiel.items, jophiel.item_vectors, jophiel.item_signals, jophiel.item_events")
        for message in order:
            ingest(db, message)
        assert _life(db) == ("third", 30)
    assert ingest(db, _deleted(50)) == ["applied"]
    assert _life(db) is None
    assert ingest(db, _updated(45)) == ["applied"]
    assert _life(db) is None
    assert ingest(db, _created(60)) == ["applied"]
    assert _life(db) == ("Lluvia", 60)


def test_a_deletion_before_the_sample_is_pending(db: psycopg.Connection[Any]) -> None:
    assert ingest(db, _deleted(20)) == ["pending"]
    assert ingest(db, _deleted(20), _created(10)) == ["applied", "applied"]
    assert _life(db) is None


def test_a_deletion_leaves_collections_and_keeps_tastes(db: psycopg.Connection[Any]) -> None:
    ingest(db, _created(0), _created(0, 2), event("like", 1, user_id=1, sample_id=1))
    ingest(db, event("add_to_board", 2, user_id=1, sample_id=1, board_id=5))
    ingest(db, event("add_to_board", 2, user_id=1, sample_id=2, board_id=5))
    model.rebuild(db, 1)
    before = model.taste(db, 1)
    assert ingest(db, _deleted(10)) == ["applied"]
    assert _rows(db, "collection_items", "item_id") == [(2,)]
    model.rebuild(db, 1)
    assert model.taste(db, 1) == before
    feed = db.execute("select item_id from jophiel.get_feed(1::bigint)").fetchall()
    assert (1,) not in feed
    # put in before it was deleted, heard of after
    assert ingest(db, event("add_to_board", 3, user_id=1, sample_id=1, board_id=6)) == ["applied"]
    assert _rows(db, "collection_items", "item_id") == [(2,)]


def test_written_directly_and_by_events(db: psycopg.Connection[Any]) -> None:
    def upsert(**item: Any) -> None:
        db.execute("select count(*) from jophiel.upsert_items(%s)", (json.dumps([item]),))

    upsert(item_id=1, title="imported", created_at=START.isoformat())
    assert ingest(db, _updated(100)) == ["applied"]
    assert _life(db) == ("Lluvia", 0)
    db.execute("select jophiel.delete_item(1::bigint)")
    assert ingest(db, _updated(200)) == ["applied"]
    assert _life(db) is None
    assert db.execute("select count(*) from jophiel.item_events where is_deletion").fetchone() == (1,)
    upsert(item_id=1, title="again")
    life = _life(db)
    assert life is not None
    assert ingest(db, _updated(201)) == ["applied"]
    assert _life(db) == life


@pytest.mark.parametrize("by", ["event", "upsert"])
def test_what_waited_for_a_sample_counts_with_it(db: psycopg.Connection[Any], by: str) -> None:
    like = event("like", 10, user_id=1, sample_id=7)
    add = event("add_to_board", 10, user_id=1, sample_id=7, board_id=3)
    assert ingest(db, like) == ["pending"]
    assert ingest(db, add) == ["pending"]
    assert ingest(db, like, add) == ["duplicate", "duplicate"]
    ingest(db, _created(0, 8))
    ingest(db, event("share", user_id=1, sample_id=8))
    if by == "event":
        ingest(db, _created(0, 7))
        row = db.execute("select stale_since from jophiel.tastes").fetchone()
        assert row == (None,)
    else:
        db.execute('select count(*) from jophiel.upsert_items(\'[{"item_id": 7, "tags": ["guitar"]}]\')')
        model.rebuild(db, 1)
    assert model.taste(db, 1).mass == pytest.approx(1.0 + 0.9 + 0.8, rel=1e-3)
    assert _rows(db, "collection_items", "item_id") == [(7,)]
    assert ingest(db, like) == ["duplicate"]


def test_what_waited_for_a_sample_is_read_at_once(db: psycopg.Connection[Any]) -> None:
    db.execute("update jophiel.settings set value = '0' where name = 'match_pairs'")
    ingest(db, *(_created(0, item, {"tags": ["rain" if item % 2 else "sun"]}) for item in range(10, 20)))
    ingest(db, event("share", user_id=1, sample_id=10), event("like", user_id=1, sample_id=7))
    db.execute("call jophiel.run_batch()")
    ingest(db, _created(0, 7, {"tags": ["rain"]}))
    shown = db.execute("select item_id, generation from jophiel.get_feed(1)").fetchall()
    db.execute("select jophiel.recompute_feed(1)")
    rebuilt = db.execute("select item_id from jophiel.get_feed(1)").fetchall()
    assert shown[0].generation < 0
    assert [row.item_id for row in shown] == [row.item_id for row in rebuilt]


def test_who_comes_back_in_the_call_that_deleted_them_keeps_the_key(db: psycopg.Connection[Any]) -> None:
    ingest(db, event("add_to_board", 0, user_id="bob", sample_id=1, board_id="b"))
    told = [
        _user("deleted", 10, "bob"),
        event("follow", 20, user_id="bob", followed_user_id="ana"),
        event("add_to_board", 20, user_id="bob", sample_id=1, board_id="b"),
    ]
    assert ingest(db, *told) == ["applied", "applied", "pending"]
    keys = db.execute("select kind, key from jophiel.keys order by kind, key").fetchall()
    assert keys == [("collection", "b"), ("user", "ana"), ("user", "bob")]


def test_malformed_lives_are_rejected(db: psycopg.Connection[Any]) -> None:
    db.execute("insert into jophiel.features (feature, kind, source) values ('sound', 'embedding', 'sound')")
    db.execute("call jophiel.revectorise()")
    odd: list[Any] = [None, 7, "", [], "{}"]
    told: list[tuple[dict[str, Any], str]] = [
        *((_created(0, metadata=value), "payload.metadata must be an object") for value in odd),
        (_created(0, metadata={"titulo": 7}), "payload.metadata: title must be text"),
        (_created(0, metadata={"descripcion": []}), "payload.metadata: description must be text"),
        (_created(0, metadata={"tags": {}}), "payload.metadata: tags must be an array"),
        (_created(0, metadata={"tags": ["x" * 501]}), "is not a text of at most 500 characters"),
        (_created(0, metadata={"tags": [["x"]]}), "is not a text of at most 500 characters"),
        (_created(0, metadata={"sound": "loud"}), 'the embedding "sound" is not an array of numbers'),
        (_created(0, creator=None), "payload.creator_id must be"),
        (_created(0, item=[]), "payload.sample_id must be"),
        (_deleted(0, None), "payload.sample_id must be"),
        (_user("created", 0, None), "payload.user_id must be"),
        (_user("deleted", 0, {}), "payload.user_id must be"),
        (_user("created", 0, interests="jazz"), "interests must be an array of text"),
        (_user("created", 0, interests=["jazz", 7]), "interests must be an array of text"),
        (_user("updated", 0, locale=7), "locale must be text"),
        (_user("updated", 0, profile=[]), "profile must be an object"),
        (_user("updated", 0, **{"x" * 501: 1}), "the name of a field has more than 500 characters"),
        (_user("updated", 0, profile={"x" * 9600: 1}), "the name of a field has more than 500 characters"),
        (_user("updated", 0, time_zone="Mars/Olympus"), "time_zone Mars/Olympus is not the name of one"),
    ]
    rows = results(db, *(message for message, _ in told), _created(0, metadata={"sound": [0.5, 1]}))
    assert [row.outcome for row in rows] == ["rejected"] * len(told) + ["applied"]
    for row, (_, reason) in zip(rows, told, strict=False):
        assert reason in row.reason
    assert db.execute("select count(*) from jophiel.items").fetchone() == (1,)
    assert db.execute("select count(*) from jophiel.users").fetchone() == (0,)


def test_a_new_user_has_a_feed_at_once(db: psycopg.Connection[Any]) -> None:
    ingest(db, _created(0), _user("created", 0, "ann", interests=["guitar"], locale="es"))
    assert db.execute("select item_id from jophiel.get_feed('ann')").fetchall() == [(1,)]


def test_fields_of_a_profile_are_registers(db: psycopg.Connection[Any]) -> None:
    told = [
        _user("created", 10, interests=["jazz"], locale="es", age=30, profile={"city": "Vigo", "age": 99}),
        _user("updated", 20, age=None, time_zone="Europe/Madrid"),
        _user("updated", 30, interests=["folk"], profile={"city": "Lugo"}, locale=None),
    ]
    for order in itertools.permutations(told):
        db.execute("truncate jophiel.users, jophiel.tastes, jophiel.user_fields, jophiel.inbox")
        for message in order:
            assert ingest(db, message) == ["applied"]
        assert ingest(db, *told) == ["duplicate"] * 3
        row = db.execute("select interests, locale, time_zone, profile from jophiel.users").fetchone()
        assert row == (["folk"], "es", "Europe/Madrid", {"city": "Lugo"})


def _everything(at: float, user: Any) -> list[dict[str, Any]]:
    return [
        _user("created", at, user, locale="es"),
        event("like", at, user_id=user, sample_id=1),
        event("follow", at, user_id=user, followed_user_id=101),
        event("add_to_board", at, user_id=user, sample_id=1, board_id=f"board of {user} at {at}"),
    ]


def test_nothing_of_a_deleted_user_remains_but_the_time(db: psycopg.Connection[Any]) -> None:
    ingest(db, _created(0))
    told = _everything(10, "ann")
    deleted = _user("deleted", 20, "ann")
    for calls in ([told, [deleted]], [[deleted], told], [[*told, deleted]], [[deleted, *told]]):
        db.execute("truncate jophiel.user_tombstones")
        for call in calls:
            assert set(ingest(db, *call)) == {"applied"}
        (user,) = db.execute("select jophiel.key_id('ann')").fetchone() or (None,)
        tables = db.execute(
            "select oid::regclass::text from pg_class where relnamespace = 'jophiel'::regnamespace and relkind = 'r'"
        )
        for (table,) in tables:
            found = db.execute(
                f"select count(*) from {table} as t where t::text like %s or t::text like '%%of ann%%'",  # noqa: S608
                (f"%{user}%",),
            ).fetchone()
            assert found == (int(table == "jophiel.user_tombstones"),), table
        assert ingest(db, deleted) == ["duplicate"]
        rows = results(db, *told)
        assert {(row.outcome, row.reason) for row in rows} == {("applied", "the user was deleted later than that")}
        assert db.execute("select count(*) from jophiel.users").fetchone() == (0,)


def test_a_user_who_comes_again_begins_anew(db: psycopg.Connection[Any]) -> None:
    ingest(db, _created(0))
    parts = [_everything(10, "ann"), [_user("deleted", 20, "ann")], _everything(30, "ann")]
    states = set()
    for order in itertools.permutations(parts):
        db.execute("select jophiel.delete_user('ann')")
        db.execute("truncate jophiel.user_tombstones")
        for call in order:
            ingest(db, *call)
        states.add(db.execute("select jophiel.state_checksum('ann', '2026-01-02Z')").fetchone())
        for table in ("interactions", "follows", "collection_items", "user_fields", "inbox"):
            late = db.execute(
                f"select count(*) from jophiel.{table} where happened_at < '2026-01-01T00:00:30Z'"  # noqa: S608
            ).fetchone()
            assert late == (0,), table
        boards = db.execute("select key from jophiel.keys where kind = 'collection'").fetchall()
        assert boards == [("board of ann at 30",)]
    assert len(states) == 1


def test_a_deletion_takes_what_was_written_directly(db: psycopg.Connection[Any]) -> None:
    ingest(db, _created(0))
    db.execute('select count(*) from jophiel.upsert_users(\'[{"user_id": 1, "interests": ["jazz"]}]\')')
    db.execute("select jophiel.record_interaction(1, 1, 'share', null, '2026-01-01T00:00:05Z')")
    db.execute("select jophiel.recompute_feed(1::bigint)")
    ingest(db, event("like", 30, user_id=1, sample_id=1))
    assert ingest(db, _user("deleted", 20)) == ["applied"]
    assert db.execute("select interaction_type from jophiel.interactions").fetchall() == [("like",)]
    assert db.execute("select interests from jophiel.users").fetchall() == [([],)]
    assert db.execute("select count(*) from jophiel.feeds").fetchone() == (0,)
    assert model.taste(db, 1).event_count == 1


def test_the_inbox_is_emptied_and_nothing_rests_on_it(db: psycopg.Connection[Any]) -> None:
    told = [
        event("follow", 10, user_id=1, followed_user_id=101),
        event("unfollow", 20, user_id=1, unfollowed_user_id=101),
        _user("created", 10, locale="es"),
        _user("updated", 20, locale="en"),
    ]
    ingest(db, *told)
    state = db.execute("select jophiel.state_checksum(1::bigint, '2026-01-02Z')").fetchone()
    assert db.execute("select count(*) from jophiel.inbox").fetchone() == (4,)
    db.execute("call jophiel.run_batch()")
    assert db.execute("select count(*) from jophiel.inbox").fetchone() == (4,)
    db.execute("update jophiel.inbox set received_at = received_at - interval '31 days'")
    db.execute("call jophiel.run_batch()")
    assert db.execute("select count(*) from jophiel.inbox").fetchone() == (0,)
    ingest(db, *told[:3:2])
    assert db.execute("select jophiel.state_checksum(1::bigint, '2026-01-02Z')").fetchone() == state


def test_an_import_does_not_bring_back_what_was_deleted(db: psycopg.Connection[Any]) -> None:
    ingest(db, _user("deleted", 20, "ann"))
    with db.transaction():
        db.execute("select jophiel._create_import_staging()")
        for at, kind in ((10, "like"), (20, "share"), (30, "play")):
            db.execute(
                "insert into pg_temp.staged_interactions (line, user_id, item_id, type, ts) "
                "values (%s, 'ann', '1', %s, %s)",
                (at, kind, str(START.timestamp() + at)),
            )
            db.execute(
                "insert into pg_temp.staged_follows (line, user_id, creator_id, ts) values (%s, 'ann', %s, %s)",
                (at, kind, str(START.timestamp() + at)),
            )
        db.execute("select jophiel._import_interactions(), jophiel._import_follows()")
    assert db.execute("select interaction_type from jophiel.interactions").fetchall() == [("play",)]
    assert db.execute("select jophiel.external_key('user', creator_id) from jophiel.follows").fetchall() == [("play",)]


def test_a_checksum_changes_nothing_and_sees_everything(db: psycopg.Connection[Any]) -> None:
    def checksum(user: str = "ann", at: str = "2026-01-02Z") -> Any:
        row = db.execute("select jophiel.state_checksum(%s, %s) as found", (user, at)).fetchone()
        return row and row.found

    ingest(db, _created(0), _created(0, 2))
    nobody = checksum()
    assert nobody == checksum("bea")
    seen = {nobody}
    for message in _everything(10, "ann"):
        ingest(db, message)
        assert checksum() not in seen
        seen.add(checksum())
    before = db.execute("select xmin::text, * from jophiel.tastes").fetchall()
    assert checksum() == checksum()
    assert checksum() != checksum(at="2026-03-01Z")
    assert db.execute("select xmin::text, * from jophiel.tastes").fetchall() == before
    # What was moved online is compared with the log.
    db.execute("call jophiel.run_batch()")
    seen.add(checksum())
    db.execute("update jophiel.tastes set taste = taste + taste")
    assert checksum() not in seen
    for user, at in ((None, "2026-01-02Z"), (1, None), (1, "infinity")):
        with pytest.raises(psycopg.Error, match="must be given"):
            db.execute("select jophiel.state_checksum(%s::bigint, %s::timestamptz)", (user, at))


def test_a_deletion_twice_in_one_call_is_a_duplicate(db: psycopg.Connection[Any]) -> None:
    gone = _user("deleted", 10)
    other = event("user.lifecycle.deleted", 10, user_id=2)
    assert ingest(db, gone, other, gone) == ["applied", "applied", "duplicate"]
    assert ingest(db, gone, gone) == ["duplicate", "duplicate"]
    assert ingest(db, _user("deleted", 20), gone) == ["applied", "duplicate"]
