"""What a computer is made of, and what hangs on it."""

from __future__ import annotations

import re
from typing import Any

from itmsctl.inventory.captured import bytes_of, filled
from itmsctl.inventory.formats.glpi.content import Classes, Content
from itmsctl.inventory.formats.glpi.machine import architecture
from itmsctl.inventory.moments import day_of
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.edid import monitors as of_edid
from itmsctl.inventory.taking import (
    Found,
    count,
    number,
    numbered,
    plain,
    real,
    small,
    take,
    taken,
    texts,
    told_apart,
    truth,
    worded,
)

_CACHE = re.compile(r"([0-9]{1,9})\s*(k|m)?i?b?", re.IGNORECASE)
_MADE = re.compile(r"(?:([0-9]{1,2})/)?([0-9]{4})")
_USAGE = {"used": "In Use", "free": "Available"}
_MODULE_NAMES = ("status: ok", "status: empty", "system board memory")


def parts(content: Content) -> Classes:
    """Return rows of the classes of parts."""
    found = {name: taken(content.all(section), takes, *needed) for name, section, takes, needed in _SIMPLE}
    for name in ("slots", "firmwares", "printers", "sensors", "input_devices", "sound_cards"):
        found[name] = told_apart(found[name])
    seen: dict[tuple[Any, ...], int] = {}
    for row in found["usb_devices"]:  # several that are alike, of which no place is told
        alike = (row["vendor_id"], row.get("product_id"), row.get("serial"))
        seen[alike] = seen.get(alike, 0) + 1
        if seen[alike] > 1:
            row["device"] = f"#{seen[alike]}"
    for name in ("power_supplies", "ports"):
        found[name] = numbered(found[name])
    return found | {
        "processors": _processors(content),
        "memory_modules": _memory(content),
        "pci_devices": _pci(content),
        "monitors": [row for one in content.all("monitors") for row in _monitor(one)],
        "system_battery": _batteries(content),
        "modems": _modems(content),
        "cameras": _cameras(content),
    }


def _ids(value: Any) -> str | None:
    said = small(value)
    return said.zfill(4) if said and len(said) <= 4 else said


_SIMPLE: tuple[tuple[str, str, dict[str, Any], tuple[str, ...]], ...] = (
    ("usb_devices", "usbdevices", {
        "vendor_id": take("vendorid", means=_ids), "product_id": take("productid", means=_ids),
        "manufacturer": take("manufacturer"), "product": take("name", "caption"), "serial": take("serial"),
        "class": take("class", means=plain), "subclass": take("subclass", means=plain),
    }, ("vendor_id",)),
    ("input_devices", "inputs", {
        "name": take("name", "caption", "description"), "type": take("type", "pointingtype"),
        "manufacturer": take("manufacturer"), "interface": take("interface", means=small), "layout": take("layout"),
    }, ("name",)),
    ("slots", "slots", {
        "name": take("name", "designation"), "type": take("description"), "id": take("designation"),
        "usage": take("status", means=lambda value: _USAGE.get(small(value) or "", worded(value))),
    }, ("name",)),
    ("ports", "ports", {
        "name": take("name", "caption"), "type": take("type"), "connector": take("caption"),
        "internal": take("description"),
    }, ("name",)),
    ("sound_cards", "sounds", {
        "name": take("name", "caption", "description"), "manufacturer": take("manufacturer"),
    }, ("name",)),
    ("graphics_cards", "videos", {
        "name": take("name", "chipset"), "slot": take("pcislot"), "chipset": take("chipset"),
        "memory_mib": take("memory", means=count), "resolution": take("resolution", means=plain),
    }, ("name",)),
    ("printers", "printers", {
        "name": take("name"), "driver": take("driver"), "port": take("port"), "model": take("description"),
        "serial": take("serial"), "comment": take("comment"), "server": take("servername"),
        "share_name": take("sharename"), "is_shared": take("shared", means=truth),
        "is_network": take("network", means=truth), "status": take("status", "errstatus", means=plain),
    }, ("name",)),
    ("power_supplies", "powersupplies", {
        "name": take("name"), "manufacturer": take("manufacturer"), "model": take("model"),
        "part_number": take("partnum"), "serial": take("serialnumber"), "location": take("location"),
        "power_max_w": take("power_max", means=count), "status": take("status"),
        "is_hot_replaceable": take("hotreplaceable", means=truth), "is_plugged": take("plugged", means=truth),
    }, ("name",)),
    ("firmwares", "firmwares", {
        "name": take("name"), "type": take("type"), "version": take("version"),
        "released_on": take("date", means=day_of), "manufacturer": take("manufacturer"),
        "description": take("description"),
    }, ("name",)),
    ("sensors", "sensors", {"name": take("name"), "type": take("type", means=small)}, ("name",)),
    ("remote_management", "remote_mgmt", {
        "type": take("type"), "id": take("id", means=plain), "version": take("version"),
    }, ("type",)),
)  # fmt: skip


def _processors(content: Content) -> Rows:
    rows = taken(
        content.all("cpus"),
        {
            "manufacturer": take("manufacturer"),
            "model": take("name", "description"),
            "architecture": take("arch"),
            "family": take("familynumber", "familyname"),
            "model_number": take("model"),
            "stepping": take("stepping", means=plain),
            "serial": take("serial"),
            "id": take("id"),
            "speed_mhz": take("speed", means=count),
            "bus_mhz": take("external_clock", means=count),
            "cores": take("core", "corecount", means=count),
            "threads": take("thread", means=count),
            "cache_kib": take("cache", means=_cache_kib),
        },
    )
    system = architecture(content)
    for index, row in enumerate(rows):
        row["index"] = index
        if row.get("architecture") == "i386" and system:  # the family, of which agents tell no more
            row["architecture"] = system
    return rows


def _cache_kib(value: Any) -> int | None:
    found = _CACHE.fullmatch(plain(value) or "")
    return int(found[1]) * (1024 if (found[2] or "k").lower() == "m" else 1) or None if found else None


def _memory(content: Content) -> Rows:
    """Return modules; where several have one name, or one that names no slot, they have that of their number."""
    rows: Rows = []
    is_mac = content.system == "macos"
    for index, one in enumerate(content.all("memories")):
        name, size = worded(one.get("caption")), count(one.get("capacity"))
        place = number(one.get("numslots"))
        named = name if name and name.lower() not in _MODULE_NAMES else f"slot {index if place is None else place}"
        rows += filled(
            {
                "slot": named,
                "size_mib": size,
                "type": worded(one.get("type")) if size else None,
                "form_factor": worded(one.get("formfactor")) or (None if is_mac else worded(one.get("description"))),
                "speed_mhz": count(one.get("speed")),
                "manufacturer": worded(one.get("manufacturer")) if size else None,
                "part_number": worded(one.get("model"))
                or (worded(one.get("description")) if is_mac and size else None),
                "serial": worded(one.get("serialnumber")) if size else None,
                "correction": plain(one.get("memorycorrection")) if size else None,
                "is_removable": truth(one.get("removable")),
            }
        )
    return told_apart(rows, "slot")


def _pci(content: Content) -> Rows:
    """Return devices; one whose place is not told, as of Windows, has its ids for a place."""
    rows: Rows = []
    for one in content.all("controllers"):
        vendor, device = _ids(one.get("vendorid")), _ids(one.get("productid"))
        of_vendor, _, of_device = (small(one.get("pcisubsystemid")) or "").partition(":")
        rows += filled(
            {
                "slot": small(one.get("pcislot")) or (f"{vendor}:{device}" if vendor and device else None),
                "class": worded(one.get("type")),
                "class_id": plain(one.get("pciclass")),
                "manufacturer": worded(one.get("manufacturer")),
                "model": worded(one.get("name")) or worded(one.get("caption")) or worded(one.get("model")),
                "vendor_id": vendor,
                "device_id": device,
                "subsystem_vendor_id": of_vendor if of_device else None,
                "subsystem_id": of_device or of_vendor,
                "revision": plain(one.get("rev")),
                "driver": worded(one.get("driver")),
            },
            "slot",
        )
    return told_apart(rows, "slot")


def _monitor(one: Found) -> Rows:
    """Return a monitor: all that its own bytes say, then what only the agent tells."""
    row = next(iter(of_edid(bytes_of(plain(one.get("base64"))).hex())), {})
    told = {
        "manufacturer": worded(one.get("manufacturer")),
        "model": worded(one.get("name")) or worded(one.get("caption")),
        "serial": worded(one.get("serial")),
        "serial_number": number(one.get("altserial")),
        "port": worded(one.get("port")),
    }
    made = _MADE.fullmatch(plain(one.get("description")) or "")
    if made and 1990 <= int(made[2]) <= 2100:
        told |= {"made_year": int(made[2]), "made_week": int(made[1]) if made[1] and int(made[1]) <= 53 else None}
    return filled({column: value for column, value in told.items() if value is not None} | row)


def _milli(value: Any) -> int | None:
    """Return thousandths: a number is of them already, one with a unit, such as `43.7456 Wh`, is whole units."""
    found = real(value)
    text = (plain(value) or "").lower()
    is_whole = text.endswith(("wh", "v", "ah")) and not text.endswith(("mwh", "mv", "mah"))
    return round(found * 1000 if is_whole else found) or None if found and 0 < found < 1 << 40 else None


def _batteries(content: Content) -> Rows:
    rows = taken(
        content.all("batteries"),
        {
            "name": take("name"),
            "manufacturer": take("manufacturer"),
            "serial": take("serial"),
            "chemistry": take("chemistry", means=small),
            "manufactured_at": take("date", means=day_of),
            "design_voltage_mv": take("voltage", means=_milli),
            "design_capacity_mwh": take("capacity", means=_milli),
            "full_capacity_mwh": take("real_capacity", means=_milli),
        },
    )
    return [{"name": f"battery {place}"} | row for place, row in enumerate(rows)]


def _modems(content: Content) -> Rows:
    """Return modems, each with the card that stands at its place among the cards."""
    takes = {
        "name": take("name", "description", "model"), "type": take("type"), "manufacturer": take("manufacturer"),
        "model": take("model"), "serial": take("serial"), "imei": take("imei", means=plain),
    }  # fmt: skip
    card = {
        "sim_iccid": take("iccid", "serial"), "sim_number": take("phone_number"),
        "sim_subscriber": take("subscriber_id", means=plain), "sim_operator": take("operator_name", "operator_code"),
        "sim_country": take("country"), "sim_state": take("state"),
    }  # fmt: skip
    modems, cards = taken(content.all("modems"), takes, "name"), taken(content.all("simcards"), card)
    rows = [row | (cards[place] if place < len(cards) else {}) for place, row in enumerate(modems)]
    rows += [{"name": f"modem {place}"} | row for place, row in enumerate(cards) if place >= len(modems)]
    return told_apart(rows)


def _cameras(content: Content) -> Rows:
    takes = {
        "name": take("designation", "model"), "location": take("lensfacing", means=small),
        "manufacturer": take("manufacturer"), "model": take("model"),
        "resolution": take("resolution", means=_largest), "resolution_video": take("resolutionvideo", means=_largest),
    }  # fmt: skip
    return taken(content.all("cameras"), takes, "name")


def _largest(value: Any) -> str | None:
    """Return the largest of several sizes of a picture."""
    found = [one for one in texts(value) if re.fullmatch("[0-9]{1,6}x[0-9]{1,6}", one)]
    return max(found, key=lambda one: int(one.split("x")[0]) * int(one.split("x")[1]), default=None)
