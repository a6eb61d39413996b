"""Files of other tools become what their computers told: every real one without a crash, values as they stand there."""

from __future__ import annotations

import pytest

from itmsctl.inventory.delta import report
from itmsctl.inventory.service.classes import data_class
from tests.inventory.collections import FOLDER, KINDS, every_told, files_of, told_by

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
