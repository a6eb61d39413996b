"""Disks, drives and their encryption."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, said, whole
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.wmi.listing import Instance, instances

_METHODS = {
    "1": "AES-128 with diffuser",
    "2": "AES-256 with diffuser",
    "3": "AES-128",
    "4": "AES-256",
    "6": "XTS-AES-128",
    "7": "XTS-AES-256",
}


_CONVERSION = {
    "0": "decrypted",
    "1": "encrypted",
    "2": "encrypting",
    "3": "decrypting",
    "4": "encryption paused",
    "5": "decryption paused",
}


def disks(text: str) -> Rows:
    """Return disks (Win32_DiskDrive, MSFT_PhysicalDisk, Win32_CDROMDrive)."""
    rows: Rows = []
    for one in instances(text, "Model", "Size"):
        if "DeviceID" in one and "BusType" not in one:
            rows += _disk(one)
        elif "BusType" in one:
            rows += _physical(one)
    for one in instances(text, "DriveIntegrity", "Drive"):
        rows += filled(
            {
                "name": one.get("Drive") or one.get("DeviceID"),
                "manufacturer": said((one.get("Manufacturer") or "").strip("()")),
                "model": said(one.get("Name") or one.get("Caption")),
                "type": "optical",
            }
        )
    return rows


def _disk(one: Instance) -> Rows:
    media = one.get("MediaType", "")
    removable = "Removable" in media or "External" in media
    return filled(
        {
            "name": one.get("DeviceID"),
            "manufacturer": said((one.get("Manufacturer") or "").strip("()"))
            if "tandard" not in one.get("Manufacturer", "")
            else None,
            "model": said(one["Model"]),
            "serial": said(one.get("SerialNumber")),
            "firmware": said(one.get("FirmwareRevision")),
            "size_bytes": whole(one["Size"]) or None,
            "type": "removable" if removable else "ssd" if re.search(r"NVMe|SSD", one["Model"]) else None,
            "interface": (one.get("InterfaceType") or "").lower(),
            "is_removable": removable or None,
            "description": said(media),
        },
        "name",
    )


_BUSES = {
    "1": "scsi",
    "3": "ata",
    "6": "fc",
    "7": "usb",
    "8": "raid",
    "9": "iscsi",
    "10": "sas",
    "11": "sata",
    "17": "nvme",
}


def _physical(one: Instance) -> Rows:
    return filled(
        {
            "name": rf"\\.\PHYSICALDRIVE{one['DeviceId']}"
            if one.get("DeviceId", "").isdecimal()
            else one.get("FriendlyName"),
            "manufacturer": said(one.get("Manufacturer")),
            "model": said(one["Model"]),
            "serial": said(one.get("SerialNumber")),
            "firmware": said(one.get("FirmwareVersion")),
            "size_bytes": whole(one["Size"]) or None,
            "type": {"3": "hdd", "4": "ssd"}.get(one.get("MediaType", "")),
            "interface": _BUSES.get(one.get("BusType", "")),
            "rotation_rpm": 0 if one.get("SpindleSpeed") == "0" else None,
        },
        "name",
    )


def filesystems(text: str) -> Rows:
    """Return drives (Win32_LogicalDisk, Win32_Volume)."""
    rows: Rows = []
    for one in instances(text, "FileSystem"):
        total, free = whole(one.get("Size") or one.get("Capacity")), whole(one.get("FreeSpace"))
        place = one.get("DriveLetter") or one.get("Name") or one.get("DeviceID")
        kind = one.get("DriveType")
        if not one["FileSystem"] and not total:
            continue
        rows += filled(
            {
                "mount_point": place,
                "device": one.get("ProviderName") or one.get("DeviceID"),
                "type": one["FileSystem"],
                "label": one.get("VolumeName") or one.get("Label"),
                "serial": one.get("VolumeSerialNumber") or one.get("SerialNumber"),
                "size_bytes": total,
                "free_bytes": free,
                "used_bytes": total - free if total and free is not None else None,
                "is_remote": True if kind == "4" else None,
            },
            "mount_point",
        )
    return rows


def encryption(text: str) -> Rows:
    """Return how volumes are encrypted (Win32_EncryptableVolume)."""
    rows: Rows = []
    for one in instances(text, "ProtectionStatus", "DeviceID"):
        rows += filled(
            {
                "volume": one.get("DriveLetter") or one["DeviceID"],
                "product": "BitLocker",
                "status": _CONVERSION.get(one.get("ConversionStatus", "")),
                "is_protected": one["ProtectionStatus"] == "1",
                "algorithm": _METHODS.get(one.get("EncryptionMethod", "")),
            }
        )
    return rows
