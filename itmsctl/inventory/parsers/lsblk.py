"""`lsblk -J -b -o NAME,TYPE,SIZE,MODEL,SERIAL,...`: disks, partitions and what is on them, on Linux."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.json_values import int_at, json_of, member, objects, text_at, truth_at
from itmsctl.inventory.parser import Parser, Rows

COLUMNS = "NAME,TYPE,SIZE,MODEL,SERIAL,VENDOR,REV,WWN,TRAN,ROTA,RM,PARTTYPENAME,PARTUUID,PARTLABEL,START,FSTYPE"
"""What `lsblk -o` is asked for."""

_DISKS = {"disk": None, "rom": "optical"}
_SECTOR = 512


def _devices(text: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield devices, each with the name of the one that it is on."""
    stack = [(one, "") for one in reversed(list(objects(member(json_of(text), "blockdevices"))))]
    while stack:
        one, parent = stack.pop()
        yield one, parent
        stack += [(below, text_at(one, "name") or "") for below in reversed(list(objects(one.get("children"))))]


def disks(text: str) -> Rows:
    """Return disks and optical drives."""
    rows: Rows = []
    for one, _ in _devices(text):
        kind = text_at(one, "type")
        if kind not in _DISKS or (kind == "disk" and int_at(one, "size") == 0):
            continue  # a disk of no size is none: a reader without a card, memory that is not set up
        turns = truth_at(one, "rota")
        rows += filled(
            {
                "name": text_at(one, "name"),
                "manufacturer": text_at(one, "vendor"),
                "model": text_at(one, "model"),
                "serial": text_at(one, "serial"),
                "firmware": text_at(one, "rev"),
                "wwn": text_at(one, "wwn"),
                "size_bytes": int_at(one, "size"),
                "type": _DISKS[kind] or (None if turns is None else "hdd" if turns else "ssd"),
                "interface": text_at(one, "tran"),
                "is_removable": truth_at(one, "rm"),
            },
            "name",
        )
    return rows


def partitions(text: str) -> Rows:
    """Return partitions."""
    rows: Rows = []
    for one, parent in _devices(text):
        if text_at(one, "type") != "part":
            continue
        name = text_at(one, "name") or ""
        number = name.removeprefix(parent).removeprefix("p")
        start = int_at(one, "start")
        rows += filled(
            {
                "name": name,
                "disk": parent,
                "number": int(number) if number.isdecimal() and number.isascii() and len(number) < 6 else None,
                "size_bytes": int_at(one, "size"),
                "start_bytes": None if start is None else start * _SECTOR,
                "type": text_at(one, "parttypename"),
                "label": text_at(one, "partlabel"),
                "uuid": text_at(one, "partuuid"),
                "file_system": text_at(one, "fstype"),
            },
            "name",
        )
    return rows


def encryption(text: str) -> Rows:
    """Return volumes that are encrypted with LUKS; one with an open volume on it is unlocked."""
    rows: Rows = []
    for one, _ in _devices(text):
        if text_at(one, "fstype") == "crypto_LUKS":
            rows += filled(
                {"volume": text_at(one, "name"), "product": "LUKS", "status": "encrypted", "is_protected": True},
                "volume",
            )
    return rows


PARSER = Parser(f"lsblk -J -b -o {COLUMNS}", {"disks": disks, "partitions": partitions, "encryption": encryption})
