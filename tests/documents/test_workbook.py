"""Workbooks: a sheet reads as the table that it shows, and a hostile one hurts nobody."""

from __future__ import annotations

import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from itmsctl.documents import workbook
from itmsctl.documents.rows import Columns, ReadAs, TableRow, read_rows
from itmsctl.errors import FileFormatError, InputError

COLUMNS = Columns.of("name", "serial", "bought", required=("name",), flags=True)


def saved(path: Path, *rows: list[Any], title: str = "Assets", hidden: bool = False) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    other = book.create_sheet("Other")
    other.append(["name"])
    other.append(["elsewhere"])
    if hidden:
        sheet.sheet_state = "hidden"
    book.save(path)
    return path


def read(path: Path, sheet: str = "") -> tuple[list[dict[str, Any]], list[str]]:
    with read_rows(path, COLUMNS, name="t.xlsx", read_as=ReadAs(sheet=sheet)) as rows:
        found = list(rows)
        assert all(isinstance(row, TableRow) for row in found)
        return [dict(row.values) for row in found if isinstance(row, TableRow)], rows.said()


def test_a_sheet_is_read_as_it_shows(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.xlsx",
        ["name", "serial", "bought", None],
        ["a", 123456789012, datetime(2026, 11, 30)],  # noqa: DTZ001 - as sheets have them
        [None, None, None],
        ["b", "00123", date(2026, 1, 2)],
        ["c", 12345678901234567890, "#N/A"],
        ["d", 1.5, True],
    )
    found, said = read(path)
    assert found == [
        {"name": "a", "serial": "123456789012", "bought": "2026-11-30"},
        {"name": "b", "serial": "00123", "bought": "2026-01-02"},
        {"name": "c", "serial": "1.23457E+19", "bought": ""},
        {"name": "d", "serial": "1.5", "bought": "TRUE"},
    ]
    assert "read the sheet `Assets`; --sheet reads another: Other" in said


def test_sheets_are_chosen_and_hidden_ones_are_not_the_first(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", ["name"], ["here"], hidden=True)
    assert read(path)[0] == [{"name": "elsewhere"}]
    assert read(path, "assets")[0] == [{"name": "here"}]
    assert read(path, "2")[0] == [{"name": "elsewhere"}]
    with pytest.raises(InputError) as caught:
        read(path, "third")
    assert caught.value.hint == "sheets: `Assets`, `Other`"


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.xlsx", ["name"])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(FileFormatError) as caught:
        read(path)
    assert "pip install 'itmsctl[xlsx]'" in caught.value.hint


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"a.txt": b"x"}, "no Excel workbook"),
        ({"xl/workbook.xml": BOMB}, "declares a document type"),
        ({"xl/workbook.xml": b"<x/>"}, "the workbook is damaged"),
        ({"xl/workbook.xml": b"<x/>", "xl/sharedStrings.xml": b" " * 3_000_000}, "unpacks to far more"),
    ],
)
def test_what_is_no_workbook_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: dict[str, bytes], words: str
) -> None:
    monkeypatch.setattr(workbook, "_MOST_OTHER", 1 << 20)
    with pytest.raises(FileFormatError, match=words):
        read(packed(tmp_path / "a.xlsx", parts))


def test_a_sheet_of_too_many_rows_and_one_that_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.xlsx", ["name"], ["a"], ["b"], ["c"])
    (tmp_path / "cut.xlsx").write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileFormatError):
        read(tmp_path / "cut.xlsx")
    monkeypatch.setattr(workbook, "_MOST_ROWS", 2)
    with pytest.raises(FileFormatError, match="more rows or cells"):
        read(path)
