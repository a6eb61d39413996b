"""`/sys/bus/pci`: devices, with the names of `pci.ids` where that file is there."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError

_FOLDER = "/sys/bus/pci/devices"
_NAMES = ("/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids", "/usr/share/pci.ids")
_CLASSES = {
    "0100": "SCSI storage controller", "0101": "IDE interface", "0104": "RAID bus controller",
    "0106": "SATA controller",
    "0107": "Serial Attached SCSI controller", "0108": "Non-Volatile memory controller",
    "0180": "Mass storage controller",
    "0200": "Ethernet controller", "0207": "Infiniband controller", "0280": "Network controller",
    "0300": "VGA compatible controller", "0302": "3D controller", "0380": "Display controller",
    "0401": "Multimedia audio controller", "0403": "Audio device", "0500": "RAM memory", "0600": "Host bridge",
    "0601": "ISA bridge", "0604": "PCI bridge", "0680": "Bridge", "0780": "Communication controller",
    "0c03": "USB controller", "0c04": "Fibre Channel", "0c05": "SMBus",
    "1000": "Network and computing encryption device",
    "1180": "Signal processing controller", "ff00": "Unclassified device", "00ff": "Unclassified device",
}  # fmt: skip
_STORAGE = {"00": "scsi", "01": "ide", "04": "raid", "06": "sata", "07": "sas", "08": "nvme"}


def look(probe: Probe) -> dict[str, Rows]:
    """Return devices, and among them graphics cards and storage adapters."""
    if not probe.has(_FOLDER):
        raise AbsentError(f"no such file: {_FOLDER}")
    devices = [row for name in probe.names(_FOLDER) for row in _device(probe, name)]
    _name(probe, devices)
    return {
        "pci_devices": devices,
        "graphics_cards": [row for one in devices if one["class_id"][:2] == "03" for row in _graphics(probe, one)],
        "storage_adapters": [row for one in devices if one["class_id"][:2] == "01" for row in _storage(one)],
    }


def _device(probe: Probe, name: str) -> Rows:
    def one(what: str) -> str:
        return probe.line(f"{_FOLDER}/{name}/{what}").replace("0x", "", 1)

    kind = one("class")[:4]
    return filled(
        {
            "slot": name[5:] if name.startswith("0000:") else name,
            "class": _CLASSES.get(kind),
            "class_id": kind,
            "vendor_id": one("vendor"),
            "device_id": one("device"),
            "subsystem_vendor_id": one("subsystem_vendor"),
            "subsystem_id": one("subsystem_device"),
            "revision": one("revision"),
            "driver": probe.link(f"{_FOLDER}/{name}/driver").rpartition("/")[2],
        },
        "class_id",
        "vendor_id",
        "device_id",
    )


def _name(probe: Probe, devices: Rows) -> None:
    """Name makers and models; the file is searched for the few that are there, not read line by line."""
    path = next((one for one in _NAMES if probe.has(one)), "")
    if not path or not devices:
        return
    try:
        data = b"\n" + probe.data(path)
    except UnreadError:
        return
    blocks: dict[str, str] = {}
    for row in devices:
        maker = str(row["vendor_id"])
        if maker not in blocks:
            blocks[maker] = _block(data, maker)
        head, _, rest = blocks[maker].partition("\n")
        found = re.search(rf"^\t{re.escape(str(row['device_id']))}  (.{{1,200}})$", rest, re.MULTILINE)
        row.update(
            {name: text for name, text in (("manufacturer", head), ("model", found[1] if found else "")) if text}
        )


def _block(data: bytes, maker: str) -> str:
    """Return the name of a maker and the lines of its devices."""
    start = data.find(f"\n{maker}  ".encode())
    if start < 0:
        return ""
    end = re.compile(rb"\n[^\t#]").search(data, start + 1)
    text = data[start + len(maker) + 3 : end.start() if end else len(data)]
    return text.decode("utf-8", "replace")


def _graphics(probe: Probe, one: dict[str, object]) -> Rows:
    memory = probe.line(f"{_FOLDER}/0000:{one['slot']}/mem_info_vram_total")
    return filled(
        {
            "name": one.get("model") or one.get("class"),
            "slot": one["slot"],
            "manufacturer": one.get("manufacturer"),
            "memory_mib": int(memory) >> 20 if memory.isdigit() and len(memory) < 19 else None,
            "driver": one.get("driver"),
        }
    )


def _storage(one: dict[str, object]) -> Rows:
    return filled(
        {
            "name": one["slot"],
            "type": _STORAGE.get(str(one["class_id"])[2:]),
            "manufacturer": one.get("manufacturer"),
            "model": one.get("model"),
            "driver": one.get("driver"),
        }
    )
