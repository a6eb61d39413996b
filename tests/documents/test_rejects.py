"""The rejects file: what went in wrong comes out as it was, and goes in again."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from itmsctl.documents.rejects import Rejects
from itmsctl.documents.rows import Columns, RowProblem, TableRow, read_rows
from itmsctl.errors import StorageError

COLUMNS = Columns.of("name", "address", "tags", required=("name",))


def reject_all(data: bytes, path: Path) -> list[tuple[int, str]]:
    """Read a table, put every problem and every row named `refuse` into a rejects file, return the problems."""
    found = []
    with (
        read_rows(io.BytesIO(data), COLUMNS) as table,
        Rejects(path, table.form, table.header, table.delimiter) as rejects,
    ):
        for row in table:
            if isinstance(row, RowProblem):
                rejects.add(row.raw, row.reason)
                found.append((row.line, row.reason))
            elif row.values["name"] == "refuse":
                rejects.add(row.raw, "refused\nby the test")
    return found


def test_csv_round_trip(tmp_path: Path) -> None:
    data = b'name;address;tags\nok;1;2\nrefuse;"a;b";"x\ny"\nshort;1\nlong;1;2;3\nbyte;\xff;1\nopen;"x;1\nok2;1;2\n'
    first, second = tmp_path / "r1.csv", tmp_path / "r2.csv"
    problems = reject_all(data, first)
    assert [line for line, _ in problems] == [5, 6, 7, 8]
    text = first.read_bytes()
    assert text.startswith(b"name;address;tags;_reason\n")
    assert b"byte;\xff;1;" in text
    assert b"refused\\nby the test" in text
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    # What was wrong stays wrong when read again, and rejecting it again adds no second reason.
    again = reject_all(text, second)
    assert [reason for _, reason in again][:2] == ["3 cells where the header has 4", "5 cells where the header has 4"]
    assert second.read_bytes().count(b"_reason") == 1
    assert b"refuse;\"a;b\";\"x\ny\";refused\\nby the test\n" in second.read_bytes()  # fmt: skip


def test_mended_rejects_load(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    reject_all(b"name,address,tags\nrefuse,1,a\n", path)
    path.write_bytes(path.read_bytes().replace(b"refuse,", b"fine,"))
    with read_rows(path, COLUMNS) as table:
        assert [row.values for row in table if isinstance(row, TableRow)] == [
            {"name": "fine", "address": "1", "tags": "a"}
        ]


def test_ndjson_round_trip(tmp_path: Path) -> None:
    data = b'{"name":"ok"}\n{"name":"refuse","tags":{"a":"1"}}\n{"nam":"x"}\n{\n{}\nno \xff\n'
    first, second = tmp_path / "r1", tmp_path / "r2"
    assert [line for line, _ in reject_all(data, first)] == [3, 4, 5, 6]
    objects = [json.loads(line) for line in first.read_text().splitlines()]
    assert objects[0] == {"name": "refuse", "tags": {"a": "1"}, "_reason": "refused\\nby the test"}
    assert objects[2]["_line"] == "{"
    assert all(item["_reason"] for item in objects)
    assert len(reject_all(first.read_bytes(), second)) == 4
    for one, two in zip(objects, map(json.loads, second.read_text().splitlines()), strict=True):
        assert {k: v for k, v in one.items() if k != "_reason"} == {k: v for k, v in two.items() if k != "_reason"}


def test_no_reject_no_file(tmp_path: Path) -> None:
    reject_all(b"name\nok\n", tmp_path / "r.csv")
    assert list(tmp_path.iterdir()) == []


def test_existing_file_or_link_is_left_alone(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(StorageError, match="exists already"):
        Rejects(link, "csv", ("name",))
    assert not target.exists()
    # one that appears between the check and the first row
    late = tmp_path / "late"
    with Rejects(late, "csv", ("name",)) as rejects:
        late.symlink_to(target)
        with pytest.raises(StorageError, match="exists already"):
            rejects.add(["x"], "bad")
    assert not target.exists()
