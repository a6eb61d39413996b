"""Data of other inventories have a place: each property of GLPI's schema is a column here, or says why it is none."""

from __future__ import annotations

import json
from pathlib import Path

from itmsctl.inventory.service.classes import data_class
from tests.inventory.glpi import MAP, OTHERS
from tests.servers import missing

SCHEMA = Path(__file__).parents[2].parent / "shared" / "real" / "glpi" / "inventory.schema.json"


def mapped() -> dict[str, str]:
    pairs = (line.split(" ", 1) for line in MAP.strip().splitlines())
    return dict(pair for pair in pairs)  # type: ignore[misc]  # each line has two parts


def test_every_target_is_a_column() -> None:
    wrong = []
    for source, target in mapped().items():
        if target.startswith("- "):
            continue
        name, _, column = target.partition(".")
        if column not in data_class(name).by_name:
            wrong.append((source, target))
    assert wrong == []
    assert len([target for target in mapped().values() if target.startswith("- ")]) <= 21


def test_every_property_of_a_computer_has_its_place() -> None:
    if not SCHEMA.is_file():
        missing("captures", "the schema of GLPI is not beside the repository")
    content = json.loads(SCHEMA.read_text())["properties"]["content"]["properties"]
    wanted = {
        f"{section}.{name}"
        for section, one in content.items()
        if section not in OTHERS
        for name in one.get("items", one).get("properties", {})
    }
    assert wanted - mapped().keys() == set()
    assert mapped().keys() - wanted == set()
    assert OTHERS.keys() - content.keys() == set()
