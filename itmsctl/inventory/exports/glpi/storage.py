"""The sections of disks, file systems and volumes; encryption stands with what is encrypted."""

from __future__ import annotations

from typing import Any

from itmsctl.inventory.exports.putting import (
    ClassRowsOf,
    Row,
    Section,
    as_it_is,
    mb,
    mib,
    put,
    put_all,
    upper_yes,
    without_nothing,
)

CLASSES = ("disks", "filesystems", "encryption", "physical_volumes", "volume_groups", "logical_volumes")

_PLACES = ("scsi_coid", "scsi_chid", "scsi_unid", "scsi_lun")

_DISK = {
    "name": put("name"), "manufacturer": put("manufacturer"), "model": put("model"), "serial": put("serial"),
    "firmware": put("firmware"), "wwn": put("wwn"), "type": put("type"), "interface": put("interface"),
    "description": put("description"),
}  # fmt: skip
_DRIVE = {
    "volumn": put("device"), "filesystem": put("type"), "label": put("label"), "serial": put("serial"),
    "total": put("size_bytes", form=mib), "free": put("free_bytes", form=mib), "createdate": put("created_at"),
}  # fmt: skip
_ENCRYPTION = {
    "encrypt_name": put("product"), "encrypt_algo": put("algorithm"),
    "encrypt_status": put("is_protected", form=upper_yes),
}  # fmt: skip
_VOLUMES = (
    Section("physical_volumes", "physical_volumes", {
        "device": put("device"), "vg_uuid": put("volume_group"), "pv_uuid": put("uuid"), "format": put("format"),
        "attr": put("attributes"), "size": put("size_bytes", form=mb), "free": put("free_bytes", form=mb),
        "pe_size": put("extent_bytes", form=mb), "pv_pe_count": put("extents", form=as_it_is),
    }, {"device": "", "format": "", "free": 0, "pv_pe_count": 0, "pv_uuid": "", "size": 0}),
    Section("volume_groups", "volume_groups", {
        "vg_name": put("name"), "vg_uuid": put("uuid"), "attr": put("attributes"),
        "pv_count": put("physical_volumes", form=as_it_is), "lv_count": put("logical_volumes", form=as_it_is),
        "size": put("size_bytes", form=mb), "free": put("free_bytes", form=mb),
        "vg_extent_size": put("extent_bytes", form=lambda value: f"{value / 1_000_000:.2f}"),
    }, {"free": 0, "lv_count": 0, "pv_count": 0, "size": 0, "vg_extent_size": "", "vg_name": "", "vg_uuid": ""}),
    Section("logical_volumes", "logical_volumes", {
        "lv_name": put("name"), "vg_uuid": put("volume_group"), "lv_uuid": put("uuid"), "attr": put("attributes"),
        "size": put("size_bytes", form=mb), "seg_count": put("segments", form=as_it_is),
    }, {"lv_name": "", "lv_uuid": "", "size": 0}),
)  # fmt: skip


def sections(classes: ClassRowsOf) -> dict[str, Any]:
    """Return `storages`, `drives` and the volumes of LVM."""
    encrypted = {row["volume"]: put_all(row, _ENCRYPTION) for row in classes.get("encryption", ())}
    is_mac = next(iter(classes.get("operating_system", ())), {}).get("id") == "macos"
    drives = [_drive(row, encrypted.pop(row["mount_point"], {})) for row in classes.get("filesystems", ())]
    disks = [_disk(row, encrypted.get(row["name"], {}), is_mac=is_mac) for row in classes.get("disks", ())]
    return {"storages": disks, "drives": drives, **{one.name: one.things(classes) for one in _VOLUMES}}


def _disk(row: Row, encrypted: dict[str, Any], *, is_mac: bool) -> dict[str, Any]:
    """Return a disk; its size is in MiB of a Mac, else in megabytes."""
    size = row.get("size_bytes")
    more = {"disksize": None if size is None else (mib if is_mac else mb)(size), **_place(row.get("location"))}
    return put_all(row, _DISK) | without_nothing(more.items()) | encrypted


def _place(location: Any) -> dict[str, str]:
    parts = str(location or "").split(":")
    return dict(zip(_PLACES, parts, strict=False)) if len(parts) <= 4 and all(map(str.isdecimal, parts)) else {}


def _drive(row: Row, encrypted: dict[str, Any]) -> dict[str, Any]:
    place = row["mount_point"]
    where = "type" if place.startswith("/") else "letter"
    return {where: place} | put_all(row, _DRIVE) | encrypted
