"""`jophiel import` and `jophiel export` as their user sees them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from tests.conftest import RunCli

ITEMS = """item_id,title,description,tags,creator_id,created_at,bpm,mood,metadata
1,Salt,of the sea,sea|calm,77,2026-01-01T00:00:00Z,120.5,sad|dark,"{""a"": 1}"
2,"Two
lines",,rock,77,1767225600,90,,
b0c7d2f4-0000-4000-8000-000000000003,Third,,rock|loud,anna,,,,
"""
INTERACTIONS = """user_id,item_id,type,weight,ts
10,1,like,,1767300000
10,2,,2.5,2026-01-02T00:00:00Z
bob,b0c7d2f4-0000-4000-8000-000000000003,play,,
bob,999,like,,1767300001
"""
FOLLOWS = "user_id,creator_id,ts\n10,77,1767225600\nbob,anna,\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / f"{name}.csv" for name in ("items", "interactions", "follows")}
    found["items"].write_text(ITEMS)
    found["interactions"].write_text(INTERACTIONS)
    found["follows"].write_text(FOLLOWS)
    return found


def arguments(files: dict[str, Path]) -> list[str]:
    return [part for name, path in files.items() for part in (f"--{name}", str(path))]


def snapshot(db: psycopg.Connection[Any]) -> list[Any]:
    statement = sql.SQL("select count(*), md5(string_agg(t::text, ',' order by t::text)) from jophiel.{} as t")
    tables = ("items", "interactions", "follows", "users", "keys", "tastes", "item_changes")
    return [db.execute(statement.format(sql.Identifier(table))).fetchone() for table in tables]


def test_import_fills_the_tables(run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path]) -> None:
    done = run_cli("import", *arguments(files), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "read": {"items": 3, "follows": 2, "interactions": 4},
        "imported": {"items": 3, "follows": 2, "interactions": 4},
        "bad": {},
    }
    third = db.execute("select jophiel.key_id('b0c7d2f4-0000-4000-8000-000000000003')").fetchone()[0]  # type: ignore[index]
    assert db.execute(
        "select item_id, title, tags, creator_id, metadata from jophiel.items order by title"
    ).fetchall() == [
        (1, "Salt", ["sea", "calm"], 77, {"a": 1, "bpm": 120.5, "mood": ["sad", "dark"]}),
        (third, "Third", ["rock", "loud"], db.execute("select jophiel.key_id('anna')").fetchone()[0], {}),  # type: ignore[index]
        (2, "Two\nlines", ["rock"], 77, {"bpm": 90}),
    ]
    assert db.execute("select count(*) from jophiel.item_changes where stage = 'vectorise'").fetchone() == (3,)
    assert db.execute(
        "select item_id, interaction_type, weight, happened_at = to_timestamp(1767312000) "
        "from jophiel.interactions where user_id = 10 order by item_id"
    ).fetchall() == [(1, "like", None, False), (2, "like", 2.5, True)]
    assert db.execute("select key from jophiel.keys order by kind, key").fetchall() == [
        ("b0c7d2f4-0000-4000-8000-000000000003",), ("anna",), ("bob",),
    ]  # fmt: skip
    assert db.execute("select count(*) as users, count(stale_since) as stale from jophiel.tastes").fetchone() == (2, 2)
    assert db.execute("select i.item_id from jophiel.items as i where i.search @@ 'sea'::tsquery").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train.csv", "user_id,item_id,ts\n10,1,1767300000\n"),
        ("train.jsonl", '{"user_id": 10, "item_id": 1, "type": "like"}\n'),
    ],
)
def test_interactions_are_not_taken_for_items(
    run_cli: RunCli, db: psycopg.Connection[Any], tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    done = run_cli("import", "--items", str(tmp_path / name), "--skip-bad")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{name}: has interactions, not items" in done.stderr
    assert "--interactions" in done.stderr
    assert db.execute("select count(*) from jophiel.items").fetchone() == (0,)


def test_items_may_have_a_user_and_a_type_in_their_metadata(
    run_cli: RunCli, db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    (tmp_path / "items.csv").write_text("item_id,user_id,type,tags\n1,10,film,\n")
    assert run_cli("import", "--items", str(tmp_path / "items.csv")).returncode == 0
    assert db.execute("select metadata from jophiel.items").fetchall() == [({"user_id": 10, "type": "film"},)]


def test_importing_twice_changes_nothing(run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path]) -> None:
    assert run_cli("import", *arguments(files)).returncode == 0
    before = snapshot(db)
    done = run_cli("import", *arguments(files), "--json")
    assert json.loads(done.stdout)["imported"] == {"items": 0, "follows": 0, "interactions": 0}
    assert snapshot(db) == before


def test_formats_agree(run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path], tmp_path: Path) -> None:
    assert run_cli("import", "--interactions", str(files["interactions"])).returncode == 0
    jsonl = tmp_path / "i.jsonl.gz"
    rows = [
        {"user_id": 10, "item_id": 1, "ts": 1767300000},
        {"user_id": "10", "item_id": "2", "weight": 2.5, "ts": "2026-01-02T00:00:00Z"},
        {"user_id": "bob", "item_id": "b0c7d2f4-0000-4000-8000-000000000003", "type": "play"},
        {"user_id": "bob", "item_id": 999, "type": "like", "ts": "2026-01-01T21:40:01+01:00"},
    ]
    jsonl.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    done = run_cli("import", "--interactions", str(jsonl), "--json")
    assert json.loads(done.stdout) == {"read": {"interactions": 4}, "imported": {"interactions": 0}, "bad": {}}


def test_a_like_that_was_taken_back_is_not_active(run_cli: RunCli, db: psycopg.Connection[Any], tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text("user_id,item_id,type,ts\n1,5,unlike,200\n1,5,like,100\n1,6,like,100\n1,6,like,50\n")
    assert run_cli("import", "--interactions", str(path)).returncode == 0
    assert db.execute(
        "select item_id, extract(epoch from happened_at)::integer from jophiel.interactions where is_active"
    ).fetchall() == [(6, 100)]


BAD = """user_id,item_id,type,weight,ts
1,1,like,,
,1,like,,
1,,like,,
1,1,adore,,
1,1,follow,,
1,1,like,heavy,
1,1,like,101,
1,1,like,nan,
1,1,like,,yesterday
1,1,like,,1376666369000
1,1
1,2,play,-0.5,
"""


def test_bad_rows_are_named_and_nothing_is_imported(
    run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path]
) -> None:
    files["interactions"].write_text(BAD)
    before = snapshot(db)
    done = run_cli("import", *arguments(files))
    assert done.returncode == 1
    path = files["interactions"]
    assert done.stderr.splitlines() == [
        f"{path}:3: user_id is empty",
        f"{path}:4: item_id is empty",
        f"{path}:5: type 'adore' is not an interaction type",
        f"{path}:6: a follow belongs in a file of follows (user_id, creator_id, ts)",
        f"{path}:7: weight 'heavy' is not a number",
        f"{path}:8: weight '101' is outside -100 to 100",
        f"{path}:9: weight 'nan' is not a number",
        f"{path}:10: ts 'yesterday' is neither unix seconds nor ISO 8601",
        f"{path}:11: ts '1376666369000' is neither unix seconds nor ISO 8601",
        f"{path}:12: has 2 columns, the header has 5",
        "jophiel: 10 bad rows (Nothing was imported. Correct them, or use --skip-bad.)",
    ]
    assert snapshot(db) == before


def test_skip_bad_imports_the_rest(run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path]) -> None:
    files["interactions"].write_text(BAD)
    done = run_cli("import", "--interactions", str(files["interactions"]), "--skip-bad", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["read"] == {"interactions": 12}
    assert json.loads(done.stdout)["imported"] == {"interactions": 2}
    assert json.loads(done.stdout)["bad"] == {str(files["interactions"]): 10}
    assert db.execute("select item_id, weight from jophiel.interactions order by 1").fetchall() == [
        (1, None),
        (2, -0.5),
    ]


def test_bad_items_and_follows_are_named(run_cli: RunCli, tmp_path: Path) -> None:
    items, follows = tmp_path / "i.csv", tmp_path / "f.csv"
    items.write_text(f"item_id,created_at,domain,tags\n1,soon,,\n 2 ,,{'x' * 101},\n3,,,{'y' * 501}\n,,,\n")
    follows.write_text("user_id,creator_id,ts\n1,,\n,2,\n1,2,now\n")
    done = run_cli("import", "--items", str(items), "--follows", str(follows))
    assert done.returncode == 1
    assert [line.partition(": ")[2] for line in done.stderr.splitlines()[:7]] == [
        "created_at 'soon' is neither unix seconds nor ISO 8601",
        "domain is longer than 100 characters",
        "a tag is longer than 500 characters",
        "item_id is empty",
        "creator_id is empty",
        "user_id is empty",
        "ts 'now' is neither unix seconds nor ISO 8601",
    ]


def test_keys_that_no_other_way_in_takes_are_refused(
    run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path]
) -> None:
    good, bad = "k" * 500, "k" * 501
    files["items"].write_text(f"item_id,creator_id\n{good},{good}\n{bad},1\n2,{bad}\n")
    files["interactions"].write_text(f"user_id,item_id\n{good},{good}\n{bad},1\n1,{bad}\n")
    files["follows"].write_text(f"user_id,creator_id\n{good},{good}\n{bad},1\n1,{bad}\n")
    done = run_cli("import", *arguments(files))
    assert done.returncode == 1
    assert sorted(done.stderr.splitlines()[:-1]) == sorted(
        f"{files[part]}:{line}: {column} is longer than 500 characters"
        for part, columns in (
            ("items", ("item_id", "creator_id")),
            ("interactions", ("user_id", "item_id")),
            ("follows", ("user_id", "creator_id")),
        )
        for line, column in zip((3, 4), columns, strict=True)
    )
    assert db.execute("select count(*) from jophiel.keys").fetchone() == (0,)
    done = run_cli("import", *arguments(files), "--skip-bad", "--json")
    assert json.loads(done.stdout)["imported"] == {"items": 1, "follows": 1, "interactions": 1}
    assert db.execute("select distinct length(key) from jophiel.keys").fetchall() == [(500,)]


def test_of_an_item_given_twice_the_last_row_counts(
    run_cli: RunCli, db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    items = tmp_path / "i.csv"
    items.write_text("item_id,title\n1,old\n1,new\n")
    assert run_cli("import", "--items", str(items)).returncode == 0
    created = db.execute("select created_at from jophiel.items").fetchone()
    items.write_text("item_id,title\n1,newer\n")
    assert run_cli("import", "--items", str(items)).returncode == 0
    assert db.execute("select title from jophiel.items").fetchall() == [("newer",)]
    assert db.execute("select created_at from jophiel.items").fetchone() == created


def test_wrong_usage_and_wrong_files(run_cli: RunCli, tmp_path: Path) -> None:
    assert run_cli("import").returncode == 2
    for path, message in (
        (tmp_path / "none.csv", "No such file or directory"),
        (tmp_path, "is a folder, not a file"),
    ):
        done = run_cli("import", "--items", str(path))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        assert message in done.stderr


def test_export_gives_the_feeds_in_the_applications_keys(
    run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path], tmp_path: Path
) -> None:
    assert run_cli("import", *arguments(files)).returncode == 0
    assert run_cli("batch", "run").returncode == 0
    out = tmp_path / "recs.csv"
    out.write_text("old")
    done = run_cli("export", "feeds", "--top", "2", "--out", str(out))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert {row["user_id"] for row in rows} == {"10", "bob"}
    for row in rows:
        assert 1 <= int(row["rank"]) <= 2
        found = db.execute(
            "select f.score from jophiel.get_feed(%s::text) as f where f.item_id = jophiel.key_id(%s) and f.rank = %s",
            (row["user_id"], row["item_id"], int(row["rank"])),
        ).fetchone()
        assert found is not None
        assert found[0] == pytest.approx(float(row["score"]), abs=1e-6)
    assert [path.name for path in tmp_path.glob("*recs*")] == ["recs.csv"]

    stdout = run_cli("export", "feeds", "--top", "2", "--out", "-")
    assert list(csv.DictReader(io.StringIO(stdout.stdout))) == rows


def test_export_of_some_users(run_cli: RunCli, files: dict[str, Path], tmp_path: Path) -> None:
    assert run_cli("import", *arguments(files)).returncode == 0
    assert run_cli("batch", "run").returncode == 0
    users = tmp_path / "users.csv"
    for content in ("bob\nnobody\nbob\n", "item_id,user_id\n1,bob\n1,nobody\n"):
        users.write_text(content)
        done = run_cli("export", "feeds", "--users", str(users), "--out", "-")
        assert {row["user_id"] for row in csv.DictReader(io.StringIO(done.stdout))} == {"bob"}
        assert done.stderr == f"users of {users}: 1 unknown, 0 without a feed\n"


def test_export_leaves_out_what_was_deleted(
    run_cli: RunCli, db: psycopg.Connection[Any], seeded: dict[str, Any], tmp_path: Path
) -> None:
    feed = [row.item_id for row in db.execute("select item_id from jophiel.get_feed(1, p_limit => 6)")]
    for place in (0, 3):
        db.execute("select jophiel.delete_item(%s)", (feed[place],))
    users = tmp_path / "users.csv"
    users.write_text("1\n")
    for options in ((), ("--users", str(users))):
        done = run_cli("export", "feeds", "--top", "4", "--out", "-", *options)
        rows = [row for row in csv.DictReader(io.StringIO(done.stdout)) if row["user_id"] == "1"]
        assert [int(row["item_id"]) for row in rows] == [feed[1], feed[2], feed[4], feed[5]]
        assert [int(row["rank"]) for row in rows] == [1, 2, 3, 4]


def test_a_replica_can_be_exported(run_cli: RunCli, database_url: str, seeded: dict[str, Any]) -> None:
    replica = f"{database_url}?options=-cdefault_transaction_read_only%3Don"
    done = run_cli("export", "feeds", "--top", "1", "--out", "-", env={"JOPHIEL_DATABASE_URL": replica})
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 51


def test_the_planner_knows_what_was_imported(
    run_cli: RunCli, db: psycopg.Connection[Any], files: dict[str, Path]
) -> None:
    files["items"].write_text("item_id\n" + "".join(f"{number}\n" for number in range(1, 1001)))
    assert run_cli("import", "--items", str(files["items"])).returncode == 0
    statement = "select reltuples from pg_class where oid = any ('{jophiel.items, jophiel.item_changes}'::regclass[])"
    assert db.execute(statement).fetchall() == [(1000,), (1000,)]


def test_export_refuses_what_it_cannot_do(run_cli: RunCli, tmp_path: Path) -> None:
    for arguments_, message in (
        (("--feed", "none", "--out", "-"), 'there is no feed "none"'),
        (("--out", str(tmp_path / "no" / "x.csv")), "there is no such folder"),
        (("--out", str(tmp_path)), "is a folder, not a file"),
        (("--users", str(tmp_path / "none"), "--out", "-"), "No such file"),
    ):
        done = run_cli("export", "feeds", *arguments_)
        assert done.returncode == 1
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
    assert run_cli("export", "feeds", "--top", "0", "--out", "-").returncode == 2


def test_the_import_is_timed(run_cli: RunCli, files: dict[str, Path], tmp_path: Path) -> None:
    files["items"].write_text("item_id\n" + "".join(f"{number}\n" for number in range(1, 1205)))
    assert run_cli("import", "--items", str(files["items"])).returncode == 0
    summary = {row["stage"]: row for row in json.loads(run_cli("timings", "--json").stdout)}
    assert summary["read items"]["processed"] == 1204
    readings = json.loads(run_cli("timings", "--run", summary["read items"]["run_id"], "--json").stdout)
    assert [r["processed"] for r in readings if r["stage"] == "read items"] == [10, 100, 1000, 1204]
