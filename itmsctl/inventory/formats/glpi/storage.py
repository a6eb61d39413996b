"""Disks, file systems, volumes, and how they are encrypted."""

from __future__ import annotations

from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.formats.glpi.content import Classes, Content, joined
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import (
    Found,
    count,
    mb_as_bytes,
    mib_as_bytes,
    number,
    plain,
    real,
    small,
    take,
    taken,
    truth,
    worded,
)

_BUSES = {
    "serial-ata": "sata", "sata": "sata", "ata": "ata", "ide": "ide", "scsi": "scsi", "sas": "sas", "usb": "usb",
    "nvme": "nvme", "pci-express": "pcie", "virtio": "virtio", "fibre channel": "fc", "1394": "firewire",
    "hdc": "ide", "mmc": "mmc",
}  # fmt: skip
_KINDS = (
    ("optical", "optical"), ("cd", "optical"), ("dvd", "optical"), ("tape", "tape"), ("floppy", "floppy"),
    ("card reader", "card reader"), ("removable", "removable"), ("ssd", "ssd"), ("hdd", "hdd"),
)  # fmt: skip
_MIB = 1 << 20


def storage(content: Content) -> Classes:
    """Return rows of the classes of what holds data."""
    drives = [(_place(one), one) for one in content.all("drives")]
    return {
        "disks": [row for one in content.all("storages") for row in _disk(content, one)],
        "filesystems": [row for place, one in drives for row in _filesystem(content, place, one)],
        "encryption": [
            row
            for place, one in [*drives, *((plain(one.get("name")), one) for one in content.all("storages"))]
            for row in _encryption(place, one)
        ],
        **_volumes(content),
    }


def _disk(content: Content, one: Found) -> Rows:
    """Return a disk; the agent counts its size in MiB on a Mac, else as makers do."""
    size = mib_as_bytes if content.system == "macos" else mb_as_bytes
    described = small(one.get("description")) or ""
    name = plain(one.get("name"))
    bus = _BUSES.get(small(one.get("interface")) or "") or _BUSES.get(described)
    return filled(
        {
            "name": name or worded(one.get("model")),
            "manufacturer": _maker(one.get("manufacturer")),
            "model": worded(one.get("model")),
            "serial": worded(one.get("serial")) or worded(one.get("serialnumber")),
            "firmware": worded(one.get("firmware")),
            "wwn": small(one.get("wwn")),
            "size_bytes": size(one.get("disksize")),
            "type": _kind(one),
            "interface": "nvme" if name and name.startswith("nvme") else bus or small(one.get("interface")),
            "location": joined(*(one.get(part) for part in ("scsi_coid", "scsi_chid", "scsi_unid", "scsi_lun"))),
            "description": worded(one.get("description")) if described not in _BUSES and described != "pci" else None,
        },
        "name",
    )


def _maker(value: Any) -> str | None:
    said = worded(value)
    return None if said and said.startswith("(") else said


def _kind(one: Found) -> str | None:
    said = f"{small(one.get('type')) or ''} {small(one.get('model')) or ''}"
    return next((kind for word, kind in _KINDS if word in said.split() or (" " in word and word in said)), None)


def _place(one: Found) -> str | None:
    """Return where a file system is: the letter of Windows, or the path, which the agent calls its type."""
    path = plain(one.get("type"))
    return plain(one.get("letter")) or (path if path and path.startswith("/") else None)


def _filesystem(content: Content, place: str | None, one: Found) -> Rows:
    device = plain(one.get("volumn"))
    is_letter = bool(plain(one.get("letter")))
    total, free = mib_as_bytes(one.get("total")), number(one.get("free"))
    cipher = " ".join(text for text in (worded(one.get("encrypt_name")), worded(one.get("encrypt_algo"))) if text)
    is_encrypted = truth(one.get("encrypt_status")) if one.get("encrypt_name") else None
    return filled(
        {
            "mount_point": place,
            "device": None if is_letter and device == plain(one.get("label")) else device,
            "type": worded(one.get("filesystem")),
            "label": plain(one.get("label")) or (device if is_letter else None),
            "serial": worded(one.get("serial")),
            "size_bytes": total,
            "free_bytes": free * _MIB if free is not None and 0 <= free < 1 << 40 else None,
            "is_encrypted": is_encrypted,
            "encryption": cipher if is_encrypted else None,
            "created_at": content.moment(one.get("createdate")),
        },
        "mount_point",
    )


def _encryption(place: str | None, one: Found) -> Rows:
    product = worded(one.get("encrypt_name"))
    is_encrypted = truth(one.get("encrypt_status"))
    return filled(
        {
            "volume": place,
            "product": product,
            "status": "encrypted" if is_encrypted else None,
            "is_protected": is_encrypted,
            "algorithm": worded(one.get("encrypt_algo")) or worded(one.get("encrypt_type")),
        },
        "volume",
        "product",
    )


def _extent(value: Any) -> int | None:
    """Return the size of an extent, a power of two of bytes that the agent rounds: `4.19` megabytes are 4 MiB."""
    found = real(value)
    return round(found * 1_000_000 / _MIB) * _MIB or None if found and 0 < found < 1 << 20 else None


def _volumes(content: Content) -> Classes:
    return {
        "physical_volumes": taken(
            content.all("physical_volumes"),
            {
                "device": take("device", means=plain), "volume_group": take("vg_uuid", means=plain),
                "uuid": take("pv_uuid", means=plain), "format": take("format"), "attributes": take("attr", means=plain),
                "size_bytes": take("size", means=mb_as_bytes), "free_bytes": take("free", means=mb_as_bytes),
                "extent_bytes": take("pe_size", means=_extent), "extents": take("pv_pe_count", means=count),
            },
            "device",
        ),
        "volume_groups": taken(
            content.all("volume_groups"),
            {
                "name": take("vg_name", means=plain), "uuid": take("vg_uuid", means=plain),
                "attributes": take("attr", means=plain), "physical_volumes": take("pv_count", means=count),
                "logical_volumes": take("lv_count", means=number), "size_bytes": take("size", means=mb_as_bytes),
                "free_bytes": take("free", means=mb_as_bytes), "extent_bytes": take("vg_extent_size", means=_extent),
            },
            "name",
        ),
        "logical_volumes": taken(
            content.all("logical_volumes"),
            {
                "name": take("lv_name", means=plain), "volume_group": take("vg_uuid", "vg_name", means=plain),
                "uuid": take("lv_uuid", means=plain), "attributes": take("attr", means=plain),
                "size_bytes": take("size", means=mb_as_bytes), "segments": take("seg_count", means=count),
            },
            "name",
        ),
    }  # fmt: skip
