"""Processors, disks, file systems and volumes, from Ansible's facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from itmsctl.inventory.captured import filled, size
from itmsctl.inventory.formats.ansible.facts import AnsibleFacts
from itmsctl.inventory.json_values import objects_by_name
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.df import REMOTE
from itmsctl.inventory.taking import Found, count, listed, number, plain, small, texts, times, truth, worded

_VIRTUAL = re.compile(r"loop|ram|zram|dm-|md\d|nbd|fd\d")
_NUMBER = re.compile(r"\d{1,4}$")
_MOST = 1024
_GIB = 1 << 30


def processors(facts: AnsibleFacts) -> Rows:
    """Return processors by socket: Ansible tells number, maker and model of each thread in one list."""
    words = texts(facts.at("processor"))
    model = next((word for word in reversed(words) if not word.isdecimal()), None)
    if model is None:
        return []
    named = words[words.index(model) - 1] if words.index(model) else ""
    sockets, cores = count(facts.at("processor_count")) or 1, count(facts.at("processor_cores"))
    per_core = count(facts.at("processor_threads_per_core"))
    row = {
        "manufacturer": named if named and not named.isdecimal() and named != model else None,
        "model": " ".join(model.split()),
        "architecture": plain(facts.at("machine")) or plain(facts.at("architecture")),
        "cores": cores,
        "threads": cores * per_core if cores and per_core else None,
        "flags": texts(facts.at("flags")) if isinstance(facts.at("flags"), list) else None,
    }
    return [filled(row | {"index": index})[0] for index in range(min(sockets, _MOST))]


def filesystems(facts: AnsibleFacts) -> Rows:
    """Return mounted file systems."""
    rows: Rows = []
    for one in facts.list("mounts") or facts.list("mount_points"):
        total, free = number(one.get("size_total")), number(one.get("size_available"))
        device = plain(one.get("device"))
        rows += filled(
            {
                "mount_point": plain(one.get("mount")),
                "device": device,
                "type": plain(one.get("fstype")),
                "serial": worded(one.get("uuid")),
                "size_bytes": total,
                "free_bytes": free,
                "inodes": count(one.get("inode_total")),
                "inodes_used": number(one.get("inode_used")),
                "options": listed(one.get("options")),
                "is_remote": True if device and REMOTE.match(device) else None,
            },
            "mount_point",
        )
    return rows


def _devices(facts: AnsibleFacts) -> Iterator[tuple[str, Found]]:
    return ((name, one) for name, one in objects_by_name(facts.at("devices")) if not _VIRTUAL.match(name))


def _bytes(one: Found) -> int | None:
    """Return a size: sectors are exact (512 bytes each, as the kernel counts), the text beside them is rounded."""
    sectors = number(one.get("sectors"))
    return sectors * 512 if sectors and 0 < sectors < 1 << 50 else size(plain(one.get("size")))


def disks(facts: AnsibleFacts) -> Rows:
    """Return disks."""
    rows: Rows = []
    for name, one in _devices(facts):
        turns = truth(one.get("rotational"))
        kind = None if turns is None else "hdd" if turns else "ssd"
        rows += filled(
            {
                "name": name,
                "manufacturer": worded(one.get("vendor")),
                "model": worded(one.get("model")),
                "serial": worded(one.get("serial")),
                "wwn": small(one.get("wwn")),
                "size_bytes": _bytes(one),
                "type": "optical" if name.startswith("sr") else kind,
                "is_removable": truth(one.get("removable")),
                "controller": worded(one.get("host")),
            }
        )
    return rows


def partitions(facts: AnsibleFacts) -> Rows:
    """Return partitions."""
    rows: Rows = []
    for disk, one in _devices(facts):
        for name, part in objects_by_name(one.get("partitions")):
            found = _NUMBER.search(name)
            links = part.get("links")
            rows += filled(
                {
                    "name": name,
                    "disk": disk,
                    "number": int(found[0]) if found else None,
                    "size_bytes": _bytes(part),
                    "start_bytes": times(512, part.get("start")),
                    "label": next(iter(texts(links.get("labels"))), None) if isinstance(links, Mapping) else None,
                }
            )
    return rows


def _gib(value: Any) -> int | None:
    return times(_GIB, value)


def volume_groups(facts: AnsibleFacts) -> Rows:
    """Return volume groups; their sizes are told in GiB, to two places."""
    rows: Rows = []
    for name, one in objects_by_name(facts.at("lvm", "vgs")):
        rows += filled(
            {
                "name": name,
                "physical_volumes": count(one.get("num_pvs")),
                "logical_volumes": number(one.get("num_lvs")),
                "size_bytes": _gib(one.get("size_g")),
                "free_bytes": _gib(one.get("free_g")),
            }
        )
    return rows


def logical_volumes(facts: AnsibleFacts) -> Rows:
    """Return logical volumes."""
    return [
        row
        for name, one in objects_by_name(facts.at("lvm", "lvs"))
        for row in filled({"name": name, "volume_group": plain(one.get("vg")), "size_bytes": _gib(one.get("size_g"))})
    ]


def physical_volumes(facts: AnsibleFacts) -> Rows:
    """Return physical volumes."""
    return [
        row
        for name, one in objects_by_name(facts.at("lvm", "pvs"))
        for row in filled(
            {
                "device": name,
                "volume_group": plain(one.get("vg")),
                "size_bytes": _gib(one.get("size_g")),
                "free_bytes": _gib(one.get("free_g")),
            }
        )
    ]


PARTS = {
    "processors": processors,
    "filesystems": filesystems,
    "disks": disks,
    "partitions": partitions,
    "volume_groups": volume_groups,
    "logical_volumes": logical_volumes,
    "physical_volumes": physical_volumes,
}
