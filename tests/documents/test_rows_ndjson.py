"""NDJSON that comes in."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from itmsctl.documents.rows import Columns, RowProblem, TableRow, read_rows
from itmsctl.errors import FileFormatError

COLUMNS = Columns.of("name", "address", "port", "tags", required=("name",), ignored=("id", "type"))


def rows(data: bytes) -> list[TableRow | RowProblem]:
    with read_rows(io.BytesIO(data), COLUMNS) as table:
        assert table.form == "ndjson"
        return list(table)


def test_values_keep_their_kinds() -> None:
    (row,) = rows(b'{"name": "a", "address": ["1.1.1.1", "::1"], "port": 22, "tags": {"env": "prod"}, "id": "x"}\n')
    assert isinstance(row, TableRow)
    assert row.values == {"name": "a", "address": ["1.1.1.1", "::1"], "port": 22, "tags": {"env": "prod"}}


def test_empty_lines_and_line_numbers() -> None:
    assert [row.line for row in rows(b'{"name":"a"}\n\n \n{"name":"b"}')] == [1, 4]


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        pytest.param(b'["a"]', "", "not an object", id="list"),
        pytest.param(b'"a"', "", "not an object", id="text"),
        pytest.param(b"{", "", "not JSON", id="cut"),
        pytest.param(b'{"name":"x","name":"y"}', "", "`name` comes twice", id="duplicate key"),
        pytest.param(b'{"name":"x","tags":{"a":"1","a":"2"}}', "", "`a` comes twice", id="duplicate key inside"),
        pytest.param(b'{"name":"x","Name":"y"}', "Name", "given twice", id="duplicate by case"),
        pytest.param(b'{"name":"x","port":NaN}', "", "NaN", id="NaN"),
        pytest.param(b'{"name":"x","port":-Infinity}', "", "Infinity", id="Infinity"),
        pytest.param(b'{"name":"x","port":' + b"9" * 5000 + b"}", "", "not JSON", id="number of 5000 digits"),
        pytest.param(b'{"name":"x","nmae":"y"}', "nmae", "did you mean `name`?", id="unknown key"),
        pytest.param(b'{"port":1}', "name", "missing", id="no name"),
        pytest.param(b'{"name":""}', "name", "missing", id="empty name"),
        pytest.param(b'{"name":"x","tags":' + b"[" * 70 + b"]" * 70 + b"}", "", "deeper than 64", id="deep"),
        pytest.param(b'{"name":"x","tags":' + b"[" * 200_000 + b"}", "", "deeper than 64", id="very deep"),
        pytest.param(b'{"name":"' + b"x" * 2_000_000 + b'"}', "", "longer than 1 MiB", id="huge"),
        pytest.param(b'{"name":"\\u0000"}', "", "NUL", id="escaped NUL"),
        pytest.param(b'{"name":"\\ud800"}', "", "lone surrogate", id="lone surrogate"),
        pytest.param(b'{"name":"\xff"}', "", "not UTF-8", id="not UTF-8"),
    ],
)
def test_bad_line_is_named_and_the_next_read(line: bytes, column: str, words: str) -> None:
    first, problem, last = rows(b'{"name":"a"}\n' + line + b'\n{"name":"b"}\n')
    assert isinstance(first, TableRow)
    assert isinstance(last, TableRow)
    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.column) == (2, column)
    assert words in problem.reason


def test_brackets_inside_texts_are_no_depth() -> None:
    (row,) = rows(b'{"name":"' + b"[{" * 100 + b'\\"["}')
    assert isinstance(row, TableRow)


def test_a_pair_of_halves_is_one_character() -> None:
    (row,) = rows(b'{"name":"\\ud83d\\ude00"}')
    assert isinstance(row, TableRow)
    assert row.values["name"] == "\U0001f600"


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="cannot read") as caught:
        read_rows(tmp_path / "none.csv", COLUMNS)
    assert caught.value.why == "No such file or directory"
    with pytest.raises(FileFormatError):
        read_rows(tmp_path, COLUMNS)
