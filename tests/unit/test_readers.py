"""Reading files: rows as they are, bad ones with their line, and one error for what is no file."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from jophiel.errors import InputError
from jophiel.transfer.readers import Faults, Source, read_rows
from jophiel.transfer.staging import INTERACTIONS, ITEMS, Part, converted

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, part: Part) -> tuple[list[tuple[object, ...]], Faults]:
    faults = Faults()
    with Source(path) as source:
        return list(converted(part, path, read_rows(source, part.layout, faults), faults)), faults


def test_columns_may_come_in_any_order_and_be_absent(tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text("\ufeffts,item_id,user_id\r\n5,7,u1\r\n\r\n6,8,u2\r\n", newline="")
    rows, faults = read(path, INTERACTIONS)
    assert rows == [(2, "u1", "7", None, None, "5"), (4, "u2", "8", None, None, "6")]
    assert faults.count == 0


def test_gzip_and_jsonl_give_the_same_as_csv(tmp_path: Path) -> None:
    csv, jsonl = tmp_path / "i.csv.gz", tmp_path / "i.jsonl"
    csv.write_bytes(
        gzip.compress(b'item_id,title,tags,bpm,mood,nothing,metadata\na,Salt,x| y,120.5,sad|dark,,"{""k"":1}"\n')
    )
    jsonl.write_text(
        '{"item_id": "a", "title": "Salt", "tags": ["x", "y"], "bpm": 120.5, '
        '"mood": ["sad", "dark"], "metadata": {"k": 1}}\n'
    )
    expected = ("a", None, None, "Salt", None, ["x", "y"], '{"bpm":120.5,"mood":["sad","dark"],"k":1}', None)
    assert read(csv, ITEMS)[0] == [(2, *expected)]
    assert read(jsonl, ITEMS)[0] == [(1, *expected)]


def test_bad_rows_are_named_by_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_bytes(
        b'item_id,title,metadata\n1,"two\nlines",\n2,short\n3,\xff,\n4,n\0l,\n'
        b'5,x,[1]\n6,x,{\n7,ok,"{""u"":""\\u0000""}"\n8,fine,\n'
    )
    rows, faults = read(path, ITEMS)
    assert [row[0] for row in rows] == [2, 9 + 1]
    assert [(fault.line, fault.reason.split(":")[0]) for fault in faults.first] == [
        (4, "has 2 columns, the header has 3"),
        (5, "is not UTF-8"),
        (6, "has a NUL character"),
        (7, "metadata is not a JSON object"),
        (8, "metadata is not JSON"),
        (9, "metadata has a value that the database cannot store"),
    ]


def test_bad_json_is_named_by_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "i.jsonl"
    path.write_text(
        '{"item_id": true}\nnonsense\n[1]\n{"item_id": "a\\u0000"}\n{"item_id": 1, "x": NaN}\n'
        '{"item_id": 1, "metadata": 3}\n{"item_id": 2}\n'
    )
    rows, faults = read(path, ITEMS)
    assert [row[:2] for row in rows] == [(7, "2")]
    assert [fault.line for fault in faults.first] == [1, 2, 3, 4, 5, 6]


def test_an_unterminated_quote_does_not_swallow_the_file_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text('item_id,title\n1,"never closed\n2,b\n')
    rows, faults = read(path, ITEMS)
    assert rows == []
    assert faults.count == 1
    assert faults.first[0].line == 2


def test_twenty_faults_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text("item_id,title\n" + "1\n" * 50)
    _, faults = read(path, ITEMS)
    assert (faults.count, len(faults.first)) == (50, 20)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "is empty"),
        ("a.jsonl", b"\n\n", "is empty"),
        ("a.csv", b"title\nx\n", "the column item_id is missing"),
        ("a.csv", b"item_id,item_id\n1,2\n", "is there twice"),
        ("a.csv", b"\xff\xfei\0t\0e\0m\0", "is not UTF-8"),
        ("a.txt", b"item_id\n1\n", "the format is not known"),
        ("a.csv.gz", b"item_id\n1\n", "is not a whole gzip file"),
        ("a.csv.gz", gzip.compress(b"item_id\n" + b"1\n" * 9000, mtime=0)[:40], "is not a whole gzip file"),
    ],
)
def test_a_file_that_is_none_is_one_error(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path, ITEMS)


def test_a_folder_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InputError, match=str(path)):
            read(path, ITEMS)
