"""Declarations of nouns, and the house that lists them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from itmsctl.values import kind
from itmsctl.values.kind import Danger, Field, FilterClass, FilterField, Group, House, Kind, Owner, Room, Type, house


@pytest.fixture
def site() -> Kind:
    return Kind(
        "site",
        "site",
        "a place",
        (
            Field("name", "its name", required=True),
            Field("services", "what it hosts", Type.LIST, option="service"),
            Field("os_family", "its system"),
            Field("last_seen", "when", Type.TIME, Owner.REPORTED),
        ),
    )


def test_fields(site: Kind) -> None:
    assert site.key == "name"
    assert site.danger is Danger.MILD
    assert [field.flag for field in site.fields] == ["--name", "--service", "--os-family", "--last-seen"]
    assert [field.name for field in site.admin_fields] == ["name", "services", "os_family"]
    field = site.field("os_family")
    assert field is not None
    assert field.help == "its system"
    assert site.field("none") is None


def test_filter_field_columns() -> None:
    assert FilterField("address", Type.ADDRESS, "h").column_name == "address"
    assert FilterField("value", Type.TEXT, "h", column="v").column_name == "v"


def test_house_of_rooms(site: Kind) -> None:
    software = FilterClass("software", "inv_software", "computer_id", (), "h", multi=True)
    group = Group("site", "h", "site_app")
    rooms = House((Room("sites", (group,), (site,), (software,)), Room("empty")))
    assert rooms.kind("site") is site
    assert rooms.kind("none") is None
    assert list(rooms.kinds()) == [site]
    assert rooms.groups() == {"site": ("sites", group)}
    assert rooms.filter_classes() == (software,)


def test_the_real_house_imports_no_sql_and_no_drawing() -> None:
    """Help and completion read every declaration, so it must stay cheap (house rule 9)."""
    code = (
        "import sys; from itmsctl.values.kind import house; house(); "
        "print([m for m in ('sqlalchemy', 'sqlmodel', 'typer', 'rich', 'paramiko', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_real_house_names_nothing_twice() -> None:
    for names in (
        [group.name for room in house().rooms for group in room.groups],
        [one.name for one in house().kinds()],
        [one.name for one in house().filter_classes()],
    ):
        assert len(names) == len(set(names))


def test_a_broken_kinds_module_is_not_taken_for_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def importing(name: str) -> None:
        raise ModuleNotFoundError("no", name="something_else")

    monkeypatch.setattr(kind.importlib, "import_module", importing)
    with pytest.raises(ModuleNotFoundError):
        kind._module_of("sites", "kinds")
