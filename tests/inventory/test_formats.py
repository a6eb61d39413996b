"""Files of other tools become what their computers told: every real one without a crash, values as they stand there."""

from __future__ import annotations

import pytest

from itmsctl.inventory.delta import report
from itmsctl.inventory.service.classes import data_class
from tests.inventory.collections import FOLDER, KINDS, every_told, files_of, told_by
from tests.inventory.coverage import kinds
from tests.inventory.format_spots import FORMAT_SPOTS

# Files that tell of no computer, and what is said of each.
NOTHING = (
    ("glpi/examples/networkequipment_", "not of a computer"),
    ("glpi/examples/printer_", "not of a computer"),
    ("glpi/xml/", "not of a computer"),
    ("ansible/phillips_hue__hosts", "no host but the one"),
)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_file_tells_of_a_computer_or_says_why_not(kind: str) -> None:
    nothing = []
    for path in files_of(kind):
        found, name = told_by(path), path.relative_to(FOLDER).as_posix()
        if isinstance(found, str):
            assert any(name.startswith(begin) and why in found for begin, why in NOTHING), (name, found)
            nothing.append(name)
            continue
        assert found, name
        for subject, told in found:
            assert subject.name, name
            assert told.classes, name
    assert len(nothing) * 3 < len(files_of(kind)) * 2


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_row_has_the_form_of_its_class(kind: str) -> None:
    wrong: list[str] = []
    for name, _, told in every_told(kind):
        for one, rows in told.classes.items():
            kept = report(data_class(one), rows)
            wrong += [f"{name}: {one}: {fault}" for fault in kept.faults]
            if len(kept.rows) != len(rows):
                wrong.append(f"{name}: {one}: {len(rows)} rows became {len(kept.rows)}")
    assert wrong == []


def test_there_are_enough_cases() -> None:
    assert sum(map(len, FORMAT_SPOTS.values())) >= 80
    assert all(len(cases) >= 5 for cases in FORMAT_SPOTS.values())


@pytest.mark.parametrize("family", sorted(FORMAT_SPOTS))
def test_values_are_those_that_stand_in_the_file(family: str) -> None:
    files_of("glpi")
    wrong = []
    for file, one, by, expected in FORMAT_SPOTS[family]:
        found = told_by(FOLDER / file)
        assert isinstance(found, list), (file, found)
        rows = [row for _, told in found for row in report(data_class(one), told.classes.get(one, ())).rows.values()]
        row = next((row for row in rows if all(row.get(key) == said for key, said in by.items())), None)
        if row is None or {key: row.get(key) for key in expected} != expected:
            wrong.append((file, one, by, expected, row if row is not None else rows[:3]))
    assert wrong == []


def test_no_real_file_crashes_and_each_gives_rows_or_says_why() -> None:
    """All kinds of files, as `python -m tests.inventory.coverage` prints them."""
    found = kinds()
    assert sum(one.files for one in found.values()) >= 850
    assert sum(one.with_rows for one in found.values()) >= 650
    unexplained = "nothing was found in it"
    silent = {name: one.why[unexplained] for name, one in found.items() if unexplained in one.why}
    assert silent == {}
    assert {"captures/linux", "facter/5.1", "glpi/xml", "ansible", "csv/snipe-it"} <= found.keys()


def test_a_partial_inventory_takes_nothing_away() -> None:
    """It says whose it is by the serial number and the UUID, and tells only classes that are whole in it."""
    files_of("glpi")
    found = told_by(FOLDER / "glpi/examples/computer_1_partial_batteries.json")
    assert isinstance(found, list)
    ((subject, told),) = found
    assert subject.identities["serial"] == ("640HP72",)
    assert told.classes.keys() == {"bios", "dns_settings", "last_logon", "routes", "swap", "system_battery"}
    whole = told_by(FOLDER / "glpi/examples/computer_1_partial_softs.json")
    assert isinstance(whole, list)
    assert {"identification", "operating_system", "software"} <= whole[0][1].classes.keys()
    assert "hardware" not in whole[0][1].classes
