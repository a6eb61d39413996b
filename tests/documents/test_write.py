"""Every output form holds the same values, and no reader takes a text for something else."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from itmsctl.documents.cells import join_list, join_map, split_list, split_map
from itmsctl.documents.json_text import json_text
from itmsctl.documents.write import (
    write_csv,
    write_json,
    write_json_object,
    write_ndjson,
    write_tsv,
    write_yaml,
    write_yaml_object,
)
from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.documents.yaml_text import scalar
from itmsctl.errors import InputError
from itmsctl.values.untrusted import from_csv_cell

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))  # what the database may hold
FIELDS = ["name", "port", "alive", "seen", "address", "tags", "none"]
ROW = {
    "name": "são paulo",
    "port": -5,
    "alive": True,
    "seen": datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC),
    "address": ["10.0.0.1", "::1"],
    "tags": {"env": "prod", "tier": "web"},
    "none": None,
}
TIME = "2026-11-22T01:02:03.000000Z"


def text(write: Any, *arguments: Any, **options: Any) -> str:
    stream = io.StringIO()
    rows, *rest = arguments
    write(rows, stream, *rest, **options)
    return stream.getvalue()


def test_csv() -> None:
    assert text(write_csv, [ROW], FIELDS) == (
        "name,port,alive,seen,address,tags,none\n"
        f"são paulo,-5,true,{TIME},10.0.0.1;::1,env=prod;tier=web,\n"
    )  # fmt: skip
    assert text(write_csv, [ROW], ["port"], header=False) == "-5\n"


def test_tsv_is_one_line_a_row() -> None:
    assert text(write_tsv, [{"a": "x\ty\nz\\", "b": None}], ["a", "b"]) == "x\\ty\\nz\\\\\t\n"
    assert text(write_tsv, [], ["a", "b"], header=True) == "a\tb\n"


def test_json_forms() -> None:
    plain = {**ROW, "seen": TIME}
    assert json.loads(text(write_json, [ROW, ROW])) == [plain, plain]
    assert [json.loads(line) for line in text(write_ndjson, [ROW, ROW]).splitlines()] == [plain, plain]
    assert json.loads(text(write_json_object, ROW)) == plain
    assert list(json.loads(text(write_json_object, ROW))) == list(ROW)
    assert text(write_json, []) == "[]\n"
    assert text(write_yaml, []) == "[]\n"


def test_json_has_no_nan() -> None:
    assert json.loads(json_text({"a": [float("nan"), float("-inf"), 1.5]})) == {"a": [None, None, 1.5]}


def test_writers_stream() -> None:
    """The first row is out before the second is asked for."""
    for write in (write_ndjson, write_json, write_yaml):
        stream = io.StringIO()

        def rows(out: io.StringIO = stream) -> Iterator[dict[str, Any]]:
            yield {"name": "first"}
            assert "first" in out.getvalue()
            yield {"name": "second"}

        assert write(rows(), stream) == 2


def test_yaml() -> None:
    plain = {**ROW, "seen": TIME}
    assert yaml.safe_load(text(write_yaml, [ROW, ROW])) == [plain, plain]
    assert yaml.safe_load(text(write_yaml_object, ROW)) == plain
    nested = {"a": [], "b": {}, "c": [["x", ["y"]], {"d": [{"e": "f"}], "g": "h"}], "h": ""}
    assert yaml.safe_load(text(write_yaml_object, nested)) == nested
    assert yaml.safe_load(text(write_yaml_object, {})) == {}
    assert "name: são paulo\n" in text(write_yaml_object, ROW)


# What a reader of the core schema of YAML 1.2 takes for something else than text.
CORE = re.compile(
    r"~?|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


@given(TEXT)
@example("no")
@example("NO")
@example("y")
@example("0777")
@example("1e3")
@example("12:34:56")
@example("1.10")
@example("2026-11-22")
@example("~")
@example("")
@example(" a")
@example("a ")
@example("- a")
@example("a: b")
@example("a #b")
@example("<<")
@example("=")
@example("\x85\u2028\ufeff\U000e0041\U0010fffe")
@example("são paulo")
@example("a\n\n b\t")
def test_a_text_stays_that_text_in_yaml(value: str) -> None:
    written = scalar(value)
    assert yaml.safe_load(f"k: {written}\n") == {"k": value}
    assert yaml.safe_load(f"{written}: v\n") == {value: "v"} or len(written) > 1000
    assert written.startswith('"') or not CORE.fullmatch(written)
    (document,) = read_yaml(f"k: {written}\n".encode())
    assert document.value == {"k": value}


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()))
@example(1e16)
@example(1e-07)
def test_what_is_no_text_stays_what_it_is_in_yaml(value: Any) -> None:
    read = yaml.safe_load(f"k: {scalar(value)}\n")["k"]
    assert read == value
    assert type(read) is type(value)


@given(st.dictionaries(TEXT, TEXT))
def test_json_is_lossless_and_never_obeyed_by_a_terminal(row: dict[str, str]) -> None:
    written = json_text(row)
    assert json.loads(written) == row
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", written)
    written = "".join(text(write_yaml_object, row).splitlines())
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", written)


@given(STORABLE)
@example("=1+1")
@example("\t=1")
@example("'=1")
@example("\n")
@example("-5")
@example("-x")
def test_csv_gives_back_what_was_written_and_runs_nothing(value: str) -> None:
    written = text(write_csv, [{"a": value, "b": "end"}], ["a", "b"])
    header, (cell, end) = csv.reader(io.StringIO(written, newline=""))
    assert (header, end) == (["a", "b"], "end")
    assert from_csv_cell(cell) == value
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        assert not cell.lstrip(" \"'").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) or cell.startswith("'")
    assert text(write_csv, [{"a": value}], ["a"], header=False, raw=True) != ""


@given(st.lists(STORABLE))
@example(["a;b", ""])
@example(["[x"])
def test_lists_in_a_cell(values: list[str]) -> None:
    assert split_list(join_list(values)) == values


@given(st.dictionaries(STORABLE, STORABLE))
@example({"a": "1;2", "b=": ""})
@example({"{": "x"})
def test_maps_in_a_cell(values: dict[str, str]) -> None:
    assert split_map(join_map(values)) == values


def test_cells_typed_by_people() -> None:
    assert split_list(" a ; b;;") == ["a", "b"]
    assert split_map("env = prod; flag ;x=a=b") == {"env": "prod", "flag": "", "x": "a=b"}
    for bad in ("=x", "a=1;a=2", "{", '{"a": 1}', '{"a":"1","a":"2"}'):
        with pytest.raises(InputError):
            split_map(bad)
    for bad in ("[1]", "[", '["a"'):
        with pytest.raises(InputError):
            split_list(bad)
