"""`/sys/class/block`: disks, partitions, and what is encrypted."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, said
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.looks.udev import noted
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError

_FOLDER = "/sys/class/block"
_SECTOR = 512
_NOT_DISKS = ("loop", "ram", "zram", "dm-", "md", "nbd", "fd", "drbd", "zd")


def look(probe: Probe) -> dict[str, Rows]:
    """Return disks and partitions."""
    if not probe.has(_FOLDER):
        raise AbsentError(f"no such file: {_FOLDER}")
    disks: Rows = []
    partitions: Rows = []
    encrypted: Rows = []
    for name in probe.names(_FOLDER):
        base = f"{_FOLDER}/{name}"
        if probe.has(f"{base}/partition"):
            partitions += _partition(probe, name, base)
        elif not name.startswith(_NOT_DISKS) and probe.has(f"{base}/device"):
            disks += _disk(probe, name, base)
        elif name.startswith("dm-"):
            encrypted += _encrypted(probe, base)
    return {"disks": disks, "partitions": partitions, "encryption": encrypted}


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 19 else None


def _bytes(probe: Probe, path: str) -> int | None:
    found = _number(probe.line(path))
    return None if found is None else found * _SECTOR


def _disk(probe: Probe, name: str, base: str) -> Rows:
    told = noted(probe, probe.line(f"{base}/dev"))
    rotates = probe.line(f"{base}/queue/rotational")
    place = probe.link(base)
    size = _bytes(probe, f"{base}/size")
    if not size and not name.startswith("sr"):
        return []
    return filled(
        {
            "name": name,
            "manufacturer": _maker(probe.line(f"{base}/device/vendor")),
            "model": said(probe.line(f"{base}/device/model")) or said(told.get("ID_MODEL")),
            "serial": said(
                told.get("ID_SERIAL_SHORT") or probe.line(f"{base}/device/serial") or probe.line(f"{base}/serial")
            ),
            "firmware": said(probe.line(f"{base}/device/rev") or probe.line(f"{base}/device/firmware_rev")),
            "wwn": said(told.get("ID_WWN") or probe.line(f"{base}/device/wwid") or probe.line(f"{base}/wwid")),
            "size_bytes": size or None,
            "type": _type(name, rotates, place),
            "interface": _interface(name, place, told),
            "is_removable": {"0": False, "1": True}.get(probe.line(f"{base}/removable")),
        }
    )


def _maker(text: str) -> str | None:
    return None if text in {"ATA", ""} or text.startswith("0x") else said(text)


def _type(name: str, rotates: str, place: str) -> str | None:
    if name.startswith("sr"):
        return "optical"
    if name.startswith(("vd", "xvd")) or "/virtio" in place:
        return "virtual"
    if name.startswith(("nvme", "mmcblk")):
        return "ssd"
    return {"0": "ssd", "1": "hdd"}.get(rotates)


def _interface(name: str, place: str, told: dict[str, str]) -> str | None:
    for start, kind in (("nvme", "nvme"), ("mmcblk", "mmc"), ("vd", "virtio"), ("xvd", "xen")):
        if name.startswith(start):
            return kind
    for sign, kind in (
        ("/usb", "usb"),
        ("/ata", "sata"),
        ("/virtio", "virtio"),
        ("/session", "iscsi"),
        ("/end_device", "sas"),
    ):
        if sign in place:
            return kind
    return told.get("ID_BUS") or ("scsi" if "/host" in place else None)


def _partition(probe: Probe, name: str, base: str) -> Rows:
    told = noted(probe, probe.line(f"{base}/dev"))
    place = probe.link(base)
    return filled(
        {
            "name": name,
            "disk": place.split("/")[-2] if place.count("/") > 1 else None,
            "number": _number(probe.line(f"{base}/partition")),
            "size_bytes": _bytes(probe, f"{base}/size"),
            "start_bytes": _bytes(probe, f"{base}/start"),
            "type": told.get("ID_PART_ENTRY_TYPE"),
            "label": said(told.get("ID_PART_ENTRY_NAME")),
            "uuid": told.get("ID_PART_ENTRY_UUID"),
            "file_system": told.get("ID_FS_TYPE"),
            "is_boot": True if told.get("ID_PART_ENTRY_FLAGS") == "0x80" else None,
        }
    )


def _encrypted(probe: Probe, base: str) -> Rows:
    kind, _, rest = probe.line(f"{base}/dm/uuid").partition("-")
    if kind != "CRYPT":
        return []
    return filled(
        {
            "volume": probe.line(f"{base}/dm/name"),
            "product": rest.partition("-")[0],
            "status": "open",
            "is_protected": True,
        }
    )
