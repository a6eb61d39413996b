"""What kind of machine a computer is: from its form, from what it runs on, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.inventory.subjects import subject_of
from tests.conftest import Run
from tests.inventory.made_files import facts

CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("desktop", {"hardware": {"chassis_type": "Mini Tower"}}),
    ("desktop", {"hardware": {"chassis_type": "Desktop", "is_virtual": False}}),
    ("laptop", {"hardware": {"chassis_type": "Notebook"}}),
    ("laptop", {"hardware": {"chassis_type": "Convertible"}}),
    ("thin-client", {"hardware": {"chassis_type": "Desktop", "model": "HP t640 Thin Client"}}),
    ("thin-client", {"hardware": {"manufacturer": "IGEL Technology", "model": "UD3"}}),
    ("server", {"hardware": {"chassis_type": "Rack Mount Chassis"}}),
    ("server", {"hardware": {"chassis_type": "Main Server Chassis"}}),
    ("server", {"hardware": {"chassis_type": "Blade"}}),
    ("server", {"hardware": {"chassis_type": "Tower"}, "operating_system": {"is_server": True}}),
    ("virtual", {"hardware": {"chassis_type": "Other", "is_virtual": True}}),
    ("virtual", {"hardware": {"chassis_type": "Rack Mount Chassis"}, "virtual_guest": {"is_virtual": True}}),
    ("virtual", {"hardware": {"chassis_type": "Virtual Machine"}}),
    ("", {"hardware": {"chassis_type": "Other"}}),
    ("", {"operating_system": {"is_server": True}}),
    ("", {}),
)


@pytest.mark.parametrize(("kind", "said"), CASES)
def test_the_kind_follows_from_the_form(kind: str, said: dict[str, dict[str, Any]]) -> None:
    assert subject_of({name: [row] for name, row in said.items()}).device_kind == kind


def test_a_computer_learns_it_and_filters_ask_for_it(ok: Run) -> None:
    dmi = {"manufacturer": "Dell Inc.", "product": {"name": "Latitude"}, "chassis": {"type": "Laptop"}}
    ok("inventory", "load", "-", stdin=facts("pc1", of=1, dmi=dmi).decode())
    ok("computer", "add", "pc2", "--device-kind", "server")
    assert ok("computer", "list", "--where", "device_kind = 'laptop'", "-o", "name").out == "pc1\n"
    ok("computer", "set", "pc1", "--device-kind", "desktop")
    assert ok("computer", "show", "pc1").json["device_kind"] == "desktop"
