"""What the computer is made of, and its network, from its facts."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, size
from itmsctl.inventory.formats.facter.facts import FacterFacts
from itmsctl.inventory.json_values import objects, objects_by_name
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.ip_addr import type_of
from itmsctl.inventory.taking import (
    Found,
    address_and_prefix,
    address_of,
    count,
    mac_of,
    number,
    plain,
    real,
    small,
    texts,
    worded,
)

_PARTITION = re.compile(
    r"(?:/dev/)?((?:[shv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+|ada?\d+|da\d+|vtbd\d+)p?(\d{1,4}))"
)
_DISK = re.compile(r"p?\d+$")
_SHARE = re.compile(r"([0-9]{1,3})(?:\.[0-9]+)?%")
_MOST = 4096


def filesystems(facts: FacterFacts) -> Rows:
    """Return mounted file systems."""
    rows: Rows = []
    for place, one in objects_by_name(facts.map("mountpoints")):
        share = _SHARE.fullmatch(plain(one.get("capacity")) or "")
        rows += filled(
            {
                "mount_point": place,
                "device": plain(one.get("device")),
                "type": plain(one.get("filesystem")),
                "size_bytes": _bytes(one, "size"),
                "used_bytes": _bytes(one, "used"),
                "free_bytes": _bytes(one, "available"),
                "used_pct": int(share[1]) if share and int(share[1]) <= 100 else None,
                "options": texts(one.get("options")),
            },
            "mount_point",
        )
    return rows


def _bytes(one: Found, name: str) -> int | None:
    told = number(one.get(f"{name}_bytes"))
    return told if told is not None else size(plain(one.get(name)))


def partitions(facts: FacterFacts) -> Rows:
    """Return partitions of disks; loop devices and volumes that Facter lists among them are none."""
    rows: Rows = []
    for path, one in objects_by_name(facts.map("partitions")):
        found = _PARTITION.fullmatch(path)
        if found is None:
            continue
        rows += filled(
            {
                "name": found[1],
                "disk": _DISK.sub("", found[1]),
                "number": int(found[2]),
                "size_bytes": _bytes(one, "size"),
                "type": small(one.get("parttype")),
                "label": plain(one.get("partlabel")),
                "uuid": plain(one.get("partuuid")),
                "file_system": plain(one.get("filesystem")),
            }
        )
    return rows


def disks(facts: FacterFacts) -> Rows:
    """Return disks."""
    rows: Rows = []
    for name, one in facts.disks():
        rows += filled(
            {
                "name": name,
                "manufacturer": worded(one.get("vendor")),
                "model": worded(one.get("model")),
                "serial": worded(one.get("serial")) or worded(one.get("serial_number")),
                "wwn": small(one.get("wwn")),
                "size_bytes": _bytes(one, "size"),
                "type": "optical" if name.startswith(("sr", "cd")) else small(one.get("type")),
            },
            "name",
        )
    return [row for row in rows if len(row) > 1]


def network_interfaces(facts: FacterFacts) -> Rows:
    """Return interfaces."""
    rows: Rows = []
    for name, one in facts.interfaces():
        state, speed, physical = plain(one.get("operational_state")), number(one.get("speed")), one.get("physical")
        duplex = plain(one.get("duplex"))
        link = "loopback" if name in {"lo", "lo0"} else "ether"
        rows += filled(
            {
                "name": name,
                "type": type_of(name, link) if facts.found.get("kernel") == "Linux" else None,
                "mac_address": mac_of(one.get("mac")),
                "mtu": count(one.get("mtu")),
                "state": ("up" if state == "up" or name == "lo" else "down") if state else None,
                "speed_mbps": speed if speed and speed > 0 else None,
                "duplex": duplex if duplex in {"full", "half"} else None,
                "is_virtual": True if physical is False else None,
                "is_dhcp": True if address_of(one.get("dhcp")) else None,
                "dhcp_server": address_of(one.get("dhcp")),
            },
            "name",
        )
    return rows


def interface_addresses(facts: FacterFacts) -> Rows:
    """Return addresses."""
    rows: Rows = []
    for name, one in facts.interfaces():
        bindings = [each for key in ("bindings", "bindings6") for each in objects(one.get(key))]
        bindings = bindings or [
            {"address": one.get("ip"), "netmask": one.get("netmask")},
            {"address": one.get("ip6"), "netmask": one.get("netmask6"), "scope6": one.get("scope6")},
        ]
        for each in bindings:
            address, length = address_and_prefix(each.get("address"), each.get("netmask"))
            mask = plain(each.get("netmask"))
            rows += filled(
                {
                    "interface": name,
                    "address": address,
                    "prefix_length": length,
                    "netmask": mask if mask and "." in mask else None,
                    "scope": plain(each.get("scope6")),
                    "is_temporary": True if "temporary" in texts(each.get("flags")) else None,
                },
                "interface",
                "address",
            )
    return rows


def processors(facts: FacterFacts) -> Rows:
    """Return processors by socket: all of one computer are alike where Facter says how many there are."""
    models = facts.models()
    if not models:
        return []
    told = facts.map("processors")
    cores, per_core = count(told.get("cores")), count(told.get("threads"))
    sockets = count(facts.at("processors.physicalcount"))
    threads = count(facts.at("processors.count"))
    each = cores * per_core if cores and per_core else (threads or 0) // (sockets or 1)
    row = {
        "model": " ".join(models[0].split()),
        "architecture": plain(facts.at("os.hardware")) or plain(facts.at("processors.isa")),
        "speed_mhz": _mhz(plain(told.get("speed"))),
        "cores": cores,
        "threads": each or None,
        "flags": [text for text in texts(told.get("extensions")) if text != "unknown"],
    }
    return [filled(row | {"index": index})[0] for index in range(min(sockets or 1, _MOST))]


def _mhz(text: str | None) -> int | None:
    found = real(text)
    if not text or not found:
        return None
    return round(found * 1000) if "GHz" in text else round(found)


PARTS = {
    "filesystems": filesystems,
    "partitions": partitions,
    "disks": disks,
    "network_interfaces": network_interfaces,
    "interface_addresses": interface_addresses,
    "processors": processors,
}
