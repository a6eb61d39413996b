"""What we know of a computer is an inventory of GLPI: its schema accepts it, and our own reader gets the rows back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from itmsctl.cmdb.store import Store
from itmsctl.inventory.delta import report
from itmsctl.inventory.exports.glpi import CLASSES, glpi_document
from itmsctl.inventory.formats.glpi import FORMATS
from itmsctl.inventory.service.classes import data_class
from itmsctl.values.kind import Type
from tests.conftest import START, Run
from tests.inventory.collections import FOLDER, every_told, files_of
from tests.inventory.gatherer import fed, request
from tests.inventory.telling import tell

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOSTILE = "\"]}</x>'; DROP TABLE computer; --\n\u202e{{ x }}"
# Columns of files of GLPI that come from bytes of a monitor, which are not kept, or follow from another class.
DERIVED = {"monitors", "hardware"}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@pytest.fixture(scope="module")
def valid() -> Draft7Validator:
    files_of("glpi")
    return Draft7Validator(json.loads((FOLDER / "glpi/inventory.schema.json").read_text(encoding="utf-8")))


def formed(classes: Rows) -> dict[str, list[dict[str, Any]]]:
    """Return rows of the classes of which GLPI has something, in their one form."""
    known = {name: report(data_class(name), rows).rows.values() for name, rows in classes.items() if name in CLASSES}
    return {name: [dict(row) for row in rows] for name, rows in known.items() if rows}


def written(valid: Draft7Validator, name: str, rows: Rows, at: datetime = AT) -> Any:
    document = json.loads(json.dumps(glpi_document(name, AT, rows, at, "0")))
    assert [f"{error.json_path}: {error.message[:200]}" for error in valid.iter_errors(document)] == []
    return document


def loaded(document: Any) -> dict[str, list[dict[str, Any]]]:
    reads = next(one.read for one in FORMATS if one.name == "glpi")
    ((_, told),) = reads([document], AT)
    return formed(told.classes)


def comparable(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)


def test_files_of_glpi_come_back_row_by_row(valid: Draft7Validator) -> None:
    differing = {}
    for file, subject, told in every_told("glpi"):
        rows = formed(told.classes)
        back = loaded(written(valid, subject.name, rows, told.collected_at))
        for name in CLASSES:
            if name not in DERIVED and comparable(rows.get(name, ())) != comparable(back.get(name, ())):
                differing[file, name] = (rows.get(name), back.get(name))
    assert differing == {}


@pytest.mark.parametrize("kind", ["facter", "ansible"])
def test_other_files_are_accepted_and_once_written_stay_as_they_are(valid: Draft7Validator, kind: str) -> None:
    differing = []
    for file, subject, told in list(every_told(kind))[::4]:
        once = loaded(written(valid, subject.name, formed(told.classes), told.collected_at))
        again = loaded(written(valid, subject.name, once, told.collected_at))
        differing += [(file, name) for name in once if comparable(once[name]) != comparable(again.get(name, ()))]
    assert differing == []


def test_this_machine_is_accepted_and_loaded_again(
    valid: Draft7Validator, ok: Run, store: Store, tmp_path: Path
) -> None:
    answered = fed(request())
    here = {name: one["rows"] for name, one in answered.classes.items() if one["rows"]}
    assert len(here) > 20
    ok("computer", "add", "here")
    tell(store, START, {"here": here})
    before = {name: ok("computer", "show", "here", "--class", name).json["rows"] for name in ("software", "disks")}
    folder = tmp_path / "out"
    ok("inventory", "export", "--format", "glpi", "--out", f"{folder}/")
    (file,) = folder.iterdir()
    document = json.loads(file.read_text(encoding="utf-8"))
    assert list(valid.iter_errors(document)) == []
    assert (file.stat().st_mode & 0o777, document["itemtype"]) == (0o600, "Computer")
    names = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package}\n"], capture_output=True, text=True, check=True
    ).stdout
    assert {one["name"] for one in document["content"]["softwares"]} >= set(names.split())
    assert len(before["software"]) == len(document["content"]["softwares"])
    exact = ok("inventory", "export", "--format", "glpi", "--exact").out
    assert list(valid.iter_errors(json.loads(exact))) == []
    ok("computer", "remove", "here", "--yes")
    ok("inventory", "load", "-", stdin=exact)
    ((name,),) = [[row["name"] for row in ok("computer", "list", "-o", "json").json]]
    for of, rows in before.items():
        assert ok("computer", "show", name, "--class", of).json["rows"] == rows


TEXTS = (HOSTILE, "=1+1", "\u00e9", "0", "N/A", "x" * 3000, "2020-13-45", "a:b:c:d", "C:", "/", "-", "\0", "9" * 30)
NUMBERS = (0, 1, -1, 2**62, -(2**62), 7, 1 << 20)
MOMENTS = (START, datetime(1000, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC))


def value_of(type_: Type, place: int) -> Any:
    said = TEXTS[place]
    number = NUMBERS[place % len(NUMBERS)]
    return {
        Type.INT: number,
        Type.REAL: number / 3,
        Type.DURATION: number / 3,
        Type.BOOL: place % 2 == 0,
        Type.TIME: MOMENTS[place % len(MOMENTS)],
        Type.LIST: [said, "b"],
        Type.MAP: {said: said},
    }.get(type_, said)


@pytest.mark.parametrize("place", range(len(TEXTS)))
def test_whatever_rows_hold_the_schema_accepts_it(valid: Draft7Validator, place: int) -> None:
    told: dict[str, list[dict[str, Any]]] = {}
    for name in CLASSES:
        one = data_class(name)
        whole = {column.name: value_of(column.type, place) for column in one.columns}
        other = {column.name: value_of(column.type, (place + 1) % len(TEXTS)) for column in one.columns}
        told[name] = [whole, other | whole, {of: whole[of] for of in one.key}] if one.key else [whole]
    loaded(written(valid, TEXTS[place], formed(told)))


def test_moments_are_told_in_the_zone_of_the_computer(valid: Draft7Validator) -> None:
    booted = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    for zone, offset, said in (
        ("Europe/Rome", "+0200", "2026-07-01 00:30:00"),
        ("Asia/Kolkata", "+0530", "2026-07-01 04:00:00"),
        ("CEST", "+0000", "2026-06-30 22:30:00"),
    ):
        rows = {"operating_system": [{"name": "Debian", "booted_at": booted, "time_zone": zone}]}
        document = written(valid, "a", rows)
        system = document["content"]["operatingsystem"]
        assert (system["timezone"]["offset"], system["boot_time"]) == (offset, said)
        assert loaded(document)["operating_system"][0]["booted_at"] == booted
