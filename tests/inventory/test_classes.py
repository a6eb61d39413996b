"""The data classes that come with the program, all of them, and what refuses a definition that is wrong."""

from __future__ import annotations

import re

import pytest

from itmsctl.errors import FileFormatError, NotFoundError
from itmsctl.inventory import catalogue
from itmsctl.inventory.definition import SYSTEMS, DataClass
from itmsctl.inventory.service.classes import data_class, every_class, read_class, written_class
from itmsctl.values.kind import Type, house

# What issue and field expect, area by area; a class that is renamed is missed here.
AREAS = {
    "identity": ("identification", "hardware", "recency"),
    "hardware": (
        "processors", "memory_modules", "disks", "partitions", "raid_arrays", "usb_devices", "pci_devices", "monitors",
        "system_battery", "graphics_cards", "network_interfaces", "slots", "bios", "tpm",
    ),
    "system": ("operating_system", "kernel_modules", "startup_items", "processes", "scheduled_jobs", "services"),
    "people": ("local_users", "local_groups", "logons", "last_logon", "network_shares", "ssh_keys"),
    "network": ("listening_ports", "routes", "dns_settings", "firewall", "interface_addresses", "certificates"),
    "software": ("software", "patches", "pending_updates", "repositories", "antivirus"),
    "servers": (
        "virtual_guest", "virtual_machines", "containers", "container_images", "server_applications", "databases",
    ),
    "files": ("files", "file_totals"),
}  # fmt: skip
UNITS = {
    "bytes": "B", "kib": "KiB", "mib": "MiB", "mhz": "MHz", "mm": "mm", "mv": "mV", "mwh": "mWh", "mah": "mAh",
    "w": "W", "s": "s", "pct": "%", "mbps": "Mbit/s", "rpm": "rpm",
}  # fmt: skip
# What other inventories need of each platform before their data may be called an inventory.
EVERYWHERE = ("identification", "hardware", "operating_system", "network_interfaces", "software")


def filter_fields(one: DataClass) -> tuple[str, ...]:
    """Return the names of the columns that filters ask for."""
    return tuple(column.name for column in one.columns if column.is_filter)


@pytest.mark.parametrize("area", AREAS)
def test_the_classes_of_an_area_are_there(area: str) -> None:
    assert set(AREAS[area]) <= set(catalogue.names())


@pytest.mark.parametrize("name", catalogue.names())
def test_a_class_is_as_it_should_be(name: str) -> None:
    one = data_class(name)
    assert one.name == name
    assert all(text.endswith((".", "...")) for text in (one.help, *(column.help for column in one.columns)))
    assert filter_fields(one), "a class that no filter asks for"
    for column in one.columns:
        end = column.name.rpartition("_")[2]
        assert column.name == "mtu" or UNITS.get(end, "") == column.unit, "a unit stands in the name too"
        if column.type is Type.TIME:
            assert column.name.endswith("_at") or column.name in {"at", "not_before", "not_after"}
        if column.name.startswith(("is_", "has_")):
            assert column.type is Type.BOOL


def test_the_index_says_what_the_files_define() -> None:
    written = {name: written_class(name) for name in catalogue.stems()}
    assert dict(catalogue.definitions()) == written, "type: python .ci/classes.py"
    assert list(written) == list(catalogue.names())


def test_no_class_is_called_as_what_filters_know_already() -> None:
    assert {one.name for one in house().filter_classes()} & set(catalogue.names()) == set()


@pytest.mark.parametrize("name", EVERYWHERE)
def test_every_system_feeds_what_an_inventory_begins_with(name: str) -> None:
    assert data_class(name).systems == SYSTEMS


def test_a_class_is_found_however_it_is_typed() -> None:
    assert {data_class(typed).name for typed in ("memory-modules", " Memory_Modules ")} == {"memory_modules"}
    with pytest.raises(NotFoundError) as refused:
        data_class("sofware")
    assert "did you mean `software`?" in refused.value.hint


GOOD = """\
name: tape_drives
help: Tape drives.
rows: many
key: [name]
volatile: [tapes]
filter: [model]
systems: [solaris, linux]
columns:
  name: {type: text, help: Name.}
  model: {type: text, help: Model.}
  tapes: {type: int, unit: B, help: Tapes.}
  hosts: {type: list, ordered: yes, help: Hosts.}
"""


def read(text: str) -> DataClass:
    return read_class(text.encode(), "tape.yaml")


def test_a_definition_is_read() -> None:
    one = read(GOOD)
    assert (one.name, one.key, one.volatile, filter_fields(one)) == ("tape_drives", ("name",), ("tapes",), ("model",))
    assert one.systems == ("linux", "solaris"), "in the order of all systems"
    assert one.stable == ("hosts", "model", "name")
    assert [column.is_ordered for column in one.columns] == [False, False, False, True]
    assert one.by_name["tapes"].unit == "B"
    assert one.shared == ()
    assert read(GOOD.replace("volatile:", "shared: [name, model]\nvolatile:")).shared == ("name", "model")
    single = read(GOOD.replace("rows: many\nkey: [name]", "rows: one"))
    assert not single.is_multi


@pytest.mark.parametrize(
    ("before", "after", "place", "what"),
    [
        ("name: tape_drives", "name: Tape", "1:7", "`Tape` is not a name for a class"),
        ("name: tape_drives", "name: a__b", "1:7", "`a__b` is not a name"),
        ("name: tape_drives", f"name: {'a' * 49}", "1:7", "is not a name"),
        ("name: tape_drives", "nane: tape_drives", "1:1", "`nane` is not a key here"),
        ("name: tape_drives\n", "", "1:1", "`name` is missing"),
        ("help: Tape drives.", "help: [a]", "2:7", "`help` is not a text"),
        ("rows: many", "rows: some", "3:7", "`some` is not a value of `rows`"),
        ("rows: many", "rows: one", "4:6", "a class of one row has no key"),
        ("key: [name]\n", "", "1:1", "a class of many rows needs a key"),
        ("key: [name]", "key: name", "4:6", "`key` is a list of names"),
        ("key: [name]", "key: [nmae]", "4:7", "there is no column `nmae`"),
        ("key: [name]", "key: [name, name]", "4:13", "`name` comes twice"),
        ("volatile: [tapes]", "volatile: [name]", "5:12", "`name` is in the key"),
        ("volatile: [tapes]", "volatile: [tapes]\nshared: [model, modle]", "6:17", "there is no column `modle`"),
        ("volatile: [tapes]", "volatile: [tapes]\nshared: [tapes]", "6:10", "`tapes` is volatile"),
        ("rows: many\nkey: [name]", "rows: one\nshared: [model]", "4:9", "a class of one row shares nothing"),
        ("  hosts: {type: list, ordered: yes", "  row_key: {type: text", "12:12", "cannot be called `row_key`"),
        (
            "type: text, help: Model.}",
            "type: version, help: M.}\n  model_key: {type: text, help: K.}",
            "11:14",
            "by a column",
        ),
        ("systems: [solaris, linux]", "systems: [plan9]", "7:11", "`plan9` is not a value of `systems`"),
        ("systems: [solaris, linux]", "systems: []", "7:10", "which operating systems can feed it?"),
        ("type: int", "type: integer", "11:17", "`integer` is not a value of `type`"),
        ("type: int", "type: ref", "11:17", "`ref` is not a value of `type`"),
        ("{type: text, help: Model.}", "{type: text}", "10:10", "`help` is missing"),
        ("{type: text, help: Model.}", "{type: text, unit: B, help: M.}", "10:29", "a column of type text has no unit"),
        ("{type: text, help: Model.}", "{type: text, ordered: yes, help: M.}", "10:32", "has no order"),
        ("{type: text, help: Model.}", "{type: text, size: 3, help: M.}", "10:23", "`size` is not a key here"),
        ("{type: text, help: Model.}", "text", "10:10", "`model` is a map"),
        ("  model:", "  computer:", "6:10", "there is no column `model`"),
        ("  hosts:", "  collected_at:", "12:17", "a column cannot be called `collected_at`"),
        ("  hosts:", "  Hosts:", "12:10", "`Hosts` is not a name"),
    ],
)
def test_a_wrong_definition_is_refused_where_it_is_wrong(before: str, after: str, place: str, what: str) -> None:
    assert before in GOOD
    with pytest.raises(FileFormatError) as refused:
        read(GOOD.replace(before, after, 1))
    message = refused.value.message
    assert message.startswith("tape.yaml:"), message
    assert what in message
    found = re.match(r"tape\.yaml:(\d+:\d+)", message)
    assert found is not None
    assert found[1] == place


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "one data class is expected, nothing found"),
        (GOOD + "---\n" + GOOD, "one data class is expected, 2 documents found"),
        ("[a]", "a data class is a map"),
        (GOOD.replace("columns:\n", "columns: {}\nx:\n"), "`x` is not a key here"),
        (GOOD[: GOOD.index("columns:")].replace("[name]", "[]") + "columns: {}\n", "a class needs a column"),
        (GOOD.replace("key: [name]", "key: [&a name]"), "anchors are not read"),
    ],
)
def test_what_is_no_definition_is_refused(text: str, what: str) -> None:
    with pytest.raises(FileFormatError, match=re.escape(what)):
        read(text)


def test_a_class_whose_columns_all_change_by_themselves_is_none() -> None:
    with pytest.raises(FileFormatError, match="every column is volatile"):
        read("name: a\nhelp: A.\nrows: one\nvolatile: [b]\nsystems: [linux]\ncolumns:\n  b: {type: int, help: B.}\n")


def test_all_classes_are_read_in_the_order_of_their_names() -> None:
    found = [one.name for one in every_class()]
    assert found == sorted(found)
    assert len(found) >= 75
