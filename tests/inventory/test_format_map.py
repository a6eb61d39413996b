"""Each property of an inventory goes where the map says, each section where the reference page says."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from itmsctl.documents.xml_reader import read_xml
from itmsctl.errors import FileFormatError
from itmsctl.inventory.format import every_format
from itmsctl.inventory.formats.facter.sections import LEFT_OUT as FACTS_LEFT_OUT
from itmsctl.inventory.formats.facter.sections import SECTIONS as FACTS
from itmsctl.inventory.formats.glpi.content import content_of
from itmsctl.inventory.formats.glpi.sections import LEFT_OUT, SECTIONS
from itmsctl.inventory.service.classes import data_class, every_class
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.told import Told
from itmsctl.values.kind import Type
from tests.inventory.collections import AT, files_of
from tests.inventory.test_other_inventories import mapped

# Beside the property: what its thing needs to be a row.
BESIDE: dict[str, dict[str, Any]] = {
    "hardware": {"name": "pc1", "osname": "Debian"}, "networks": {"description": "eth0"}, "drives": {"type": "/srv"},
    "storages": {"name": "sda"}, "controllers": {"pcislot": "00:01.0"}, "usbdevices": {"vendorid": "1234"},
    "processes": {"pid": 5}, "local_users": {"login": "jane"}, "users": {"login": "jane"}, "envs": {"key": "LANG"},
    "remote_mgmt": {"type": "teamviewer"}, "cameras": {"designation": "thing"},
    "physical_volumes": {"device": "/dev/sda1"},
    "volume_groups": {"vg_name": "thing"}, "logical_volumes": {"lv_name": "thing"}, "firewalls": {"status": "on"},
    "memories": {"capacity": 1024},
}  # fmt: skip
WITH = {
    "ipmask": {"ipaddress": "10.0.0.1"}, "ipmask6": {"ipaddress6": "fe80::1"}, "management": {"type": "ilo"},
    "encrypt_name": {"encrypt_status": "yes"}, "encrypt_algo": {"encrypt_name": "LUKS"},
    "encrypt_status": {"encrypt_name": "LUKS"}, "encrypt_type": {"encrypt_name": "LUKS"},
}  # fmt: skip
ONE = frozenset({"hardware", "bios", "operatingsystem", "accesslog"})
SAMPLES: dict[Type, tuple[Any, ...]] = {
    Type.INT: (7, "4.19", "255.255.255.0", "ffff::", "8/2015"), Type.REAL: ("7.5",), Type.BOOL: ("1",),
    Type.TIME: ("2020-01-02 03:04:05",), Type.ADDRESS: ("10.0.0.1",), Type.VERSION: ("1.2",),
    Type.GUID: ("4c4c4544-0034-3010-8048-b6c04f503732",), Type.LIST: ("00:11:22:33:44:55", "10.0.0.1"),
}  # fmt: skip
TEXTS = ("abc", "abcdef-abcde", "10x20", "00:11:22:33:44:55", "10.0.0.1", True, [{"name": "thing"}])

# Properties that go elsewhere than the map says, or have a form of their own, and why.
OTHERWISE = {
    "accesslog.logdate": "it dates the inventory, as everything that is told",
    "drives.description": "a word of the system's language; the file system is told beside it",
    "drives.type": "a path: it is beside every other property here",
    "hardware.datelastloggeduser": "a moment without a year",
    "networks.ipsubnet": "the mask says it", "networks.ipsubnet6": "the mask says it",
    "operatingsystem.ssh_key": "a key, of which the fingerprint is kept",
    "operatingsystem.timezone": "an object",
    "softwares.release_type": "of patches, which are known by their number",
    "softwares.version_major": "the version says it", "softwares.version_minor": "the version says it",
    "storages.type": "only kinds that are known",
    "virtualmachines.image": "what has an image is a container",
    "virtualmachines.vmtype": "it says the hypervisor",
    "databases_services.is_onbackup": "no moment",
}  # fmt: skip


def told_of(content: dict[str, Any]) -> Told | None:
    data = json.dumps({"content": {"hardware": {"name": "pc1", "osname": "Debian"}, **content}}).encode()
    try:
        ((_, told),) = read_inventory(io.BytesIO(data), "x", at=AT)
    except FileFormatError:
        return None
    return told


def goes_to(source: str, of: str, column: str) -> bool:
    section, name = source.split(".")
    for value in (*SAMPLES.get(data_class(of).by_name[column].type, ()), *TEXTS):
        thing = BESIDE.get(section, {"name": "thing"}) | WITH.get(name, {}) | {name: value}
        told = told_of({section: thing if section in ONE else [thing]})
        if told and any(column in row for row in told.classes.get(of, ())):
            return True
    return False


def test_every_property_goes_where_the_map_says() -> None:
    lost = set()
    for source, target in mapped().items():
        of, _, column = target.partition(".")
        if not target.startswith("- ") and not goes_to(source, of, column):
            lost.add(source)
    assert lost == OTHERWISE.keys()


def contents() -> Iterator[tuple[str, Any]]:
    """Yield the content of each real inventory of a computer."""
    for path in files_of("glpi"):
        with path.open("rb") as stream:
            found = (
                json.load(stream)["content"]
                if path.suffix == ".json"
                else read_xml(stream, path.name).content["CONTENT"]
            )
        yield path.name, found


def test_every_section_goes_where_the_page_says() -> None:
    named = {name for key in LEFT_OUT for name in key.split(", ")} | SECTIONS.keys()
    wrong, fed = [], set()
    for file, found in contents():
        content = content_of(found, AT)
        wrong += [f"{file}: {section} is on no page" for section in content.sections if section not in named]
        alone = {"identification", "operating_system"}
        for section in content.sections.keys() & SECTIONS.keys():
            things = [dict(one) for one in content.all(section)]
            told = told_of({section: things[0] if section in ONE else things})
            classes = told.classes.keys() if told else set()
            fed |= {(section, one) for one in classes}
            extra = classes - set(SECTIONS[section]) - (alone if section != "hardware" else set())
            wrong += [f"{file}: {section} goes to {one} too" for one in extra]
    assert wrong == []
    assert {one for into in SECTIONS.values() for one in into} - {one for _, one in fed} <= {
        "management_controller", "storage_adapters", "firmwares", "power_supplies", "encryption", "virtual_guest",
    }  # fmt: skip


def test_every_fact_is_on_the_page() -> None:
    known = [name.rstrip("*") for key in (*FACTS, *FACTS_LEFT_OUT) for name in key.split(", ")]
    facts = {name for path in files_of("facter") for name in json.loads(path.read_text())}
    strange = {name for name in facts if not any(name == one or name.startswith(one) for one in known)}
    assert strange == {"archive_windir", "common_appdata", "platform_symlink_writable", "puppet_files_dir_present"}


def test_classes_of_every_page_exist() -> None:
    known = {one.name for one in every_class()} | {"any", "usage"}  # what is used is a table of metering
    assert {into for one in every_format() for classes in one.sections.values() for into in classes} <= known
    assert all(one.title and one.left_out for one in every_format())
