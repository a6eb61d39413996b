"""`data-class list` and `data-class show`, in all forms of output."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from itmsctl.inventory.catalogue import names
from tests.conftest import Run


def test_all_classes_are_listed(ok: Run) -> None:
    found = ok("data-class", "list", "-o", "json").json
    assert [row["name"] for row in found] == list(names())
    software = next(row for row in found if row["name"] == "software")
    assert software["rows"] == "many"
    assert software["key"] == ["name", "version", "architecture", "source", "user", "path"]


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "yaml", "name", "table", "wide"])
def test_a_list_has_every_form(bare_run: Run, form: str) -> None:
    out = bare_run("data-class", "list", "-o", form).out
    if form == "csv":
        assert len(list(csv.DictReader(io.StringIO(out)))) == len(names())
    elif form == "ndjson":
        assert [json.loads(line)["name"] for line in out.splitlines()] == list(names())
    elif form == "yaml":
        assert [row["name"] for row in yaml.safe_load(out)] == list(names())
    elif form == "name":
        assert out.split() == list(names())
    else:
        assert all(name in out for name in names())


def test_a_list_of_one_system(bare_run: Run) -> None:
    solaris = bare_run("data-class", "list", "--system", "solaris", "-o", "name").out.split()
    assert "software" in solaris
    assert "tpm" not in solaris
    wrong = bare_run("data-class", "list", "--system", "solars")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean `solaris`?" in wrong.err


def test_a_class_is_shown_with_its_columns(bare_run: Run) -> None:
    shown = bare_run("data-class", "show", "filesystems", "-o", "json").json
    assert (shown["name"], shown["rows"], shown["key"]) == ("filesystems", "many", ["mount_point"])
    columns = {column["name"]: column for column in shown["columns"]}
    assert columns["free_bytes"] == {
        "name": "free_bytes", "type": "int", "unit": "B", "key": False, "volatile": True, "filter": True,
        "shared": False, "help": "Free for users.",
    }  # fmt: skip
    assert columns["mount_point"]["key"] is True
    assert "free_bytes" in shown["volatile"]


def test_a_person_sees_key_units_and_help(bare_run: Run) -> None:
    out = bare_run("data-class", "show", "memory-modules", "-o", "table").out
    assert "memory_modules" in out
    assert "NAME" in out
    assert "MiB" in out
    assert bare_run("data-class", "show", "memory_modules", "-o", "name").out == "memory_modules\n"


def test_an_unknown_class_is_not_found(bare_run: Run) -> None:
    wrong = bare_run("data-class", "show", "sofware")
    assert (wrong.code, wrong.out) == (5, "")
    assert "did you mean `software`?" in wrong.err


def test_a_name_is_completed_without_reading_any_class(bare_run: Run) -> None:
    from itmsctl.inventory.commands.data_class import class_names

    nowhere: Any = SimpleNamespace(obj=None, params={}, parent=None)
    assert class_names(nowhere, "memory-") == ["memory_modules"]
