"""The sections of parts, accounts and processes: each a list that one class makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itmsctl.inventory.exports.putting import ClassRowsOf, Row, Section, as_it_is, day, moment, one_of, put, put_all

_ARCH = one_of(
    *("mips", "mips64", "alpha", "sparc", "sparc64", "m68k", "x86_64", "powerpc", "powerpc64", "aarch64", "arm"),
    *("i386", "i586", "i686", "armv6l", "armv7l", "arm64"), x86="i686", amd64="x86_64",
)  # fmt: skip


def _sizes(value: Any) -> list[str]:
    return [str(value)]


SECTIONS: tuple[Section, ...] = (
    Section("antivirus", "antivirus", {
        "name": put("name"), "company": put("publisher"), "version": put("version"),
        "enabled": put("is_enabled", form=as_it_is), "uptodate": put("is_current", form=as_it_is),
        "base_version": put("definitions_version"), "base_creation": put("definitions_at", form=day),
        "expiration": put("expires_at", form=day), "guid": put("agent_id"),
    }),
    Section("batteries", "system_battery", {
        "name": put("name"), "manufacturer": put("manufacturer"), "serial": put("serial"),
        "chemistry": put("chemistry"), "date": put("manufactured_at", form=day),
        "voltage": put("design_voltage_mv", form=as_it_is), "capacity": put("design_capacity_mwh", form=as_it_is),
        "real_capacity": put("full_capacity_mwh", form=as_it_is),
    }),
    Section("cameras", "cameras", {
        "designation": put("name"), "lensfacing": put("location"), "manufacturer": put("manufacturer"),
        "model": put("model"), "resolution": put("resolution", form=_sizes),
        "resolutionvideo": put("resolution_video", form=_sizes),
    }),
    Section("controllers", "pci_devices", {
        "pcislot": put("slot"), "type": put("class"), "pciclass": put("class_id"), "name": put("model"),
        "caption": put("model"), "manufacturer": put("manufacturer"), "vendorid": put("vendor_id"),
        "productid": put("device_id"), "rev": put("revision"), "driver": put("driver"),
    }),
    Section("envs", "environment", {"key": put("name"), "val": put("value")}, {"key": "", "val": ""}),
    Section("firmwares", "firmwares", {
        "name": put("name"), "type": put("type"), "version": put("version"), "date": put("released_on", form=day),
        "manufacturer": put("manufacturer"), "description": put("description"),
    }),
    Section("inputs", "input_devices", {
        "name": put("name"), "caption": put("name"), "type": put("type"), "manufacturer": put("manufacturer"),
        "interface": put("interface"), "layout": put("layout"),
    }),
    Section("local_groups", "local_groups", {
        "name": put("name"), "id": put("gid"), "members": put("members", form=as_it_is),
    }, {"id": "", "name": ""}),
    Section("local_users", "local_users", {
        "login": put("name"), "id": put("uid"), "name": put("full_name"), "home": put("home"), "shell": put("shell"),
    }, {"id": ""}),
    Section("memories", "memory_modules", {
        "caption": put("slot"), "capacity": put("size_mib", form=as_it_is), "type": put("type"),
        "formfactor": put("form_factor"), "description": put("form_factor"), "speed": put("speed_mhz"),
        "manufacturer": put("manufacturer"), "model": put("part_number"), "serialnumber": put("serial"),
        "memorycorrection": put("correction"), "removable": put("is_removable", form=as_it_is),
    }),
    Section("modems", "modems", {
        "name": put("name"), "type": put("type"), "manufacturer": put("manufacturer"), "model": put("model"),
        "serial": put("serial"), "imei": put("imei"),
    }),
    Section("ports", "ports", {
        "name": put("name"), "type": put("type"), "caption": put("connector"), "description": put("internal"),
    }, {"type": ""}),
    Section("powersupplies", "power_supplies", {
        "name": put("name"), "manufacturer": put("manufacturer"), "model": put("model"), "partnum": put("part_number"),
        "serialnumber": put("serial"), "location": put("location"), "power_max": put("power_max_w", form=as_it_is),
        "status": put("status"), "hotreplaceable": put("is_hot_replaceable", form=as_it_is),
        "plugged": put("is_plugged", form=as_it_is),
    }),
    Section("printers", "printers", {
        "name": put("name"), "driver": put("driver"), "port": put("port"), "description": put("model"),
        "serial": put("serial"), "comment": put("comment"), "servername": put("server"),
        "sharename": put("share_name"), "shared": put("is_shared", form=as_it_is),
        "network": put("is_network", form=as_it_is), "status": put("status"),
    }),
    Section("processes", "processes", {
        "pid": put("pid", form=as_it_is), "user": put("user"), "cmd": put("command", "name"),
        "tty": put("terminal"), "started": put("started_at", form=moment), "cpuusage": put("cpu_pct"),
        "mem": put("memory_pct"), "virtualmemory": put("virtual_kib", form=as_it_is),
    }, {"cmd": "", "pid": 0, "user": ""}),
    Section("remote_mgmt", "remote_management", {
        "type": put("type"), "id": put("id"), "version": put("version"),
    }, {"id": "", "type": ""}),
    Section("sensors", "sensors", {"name": put("name"), "type": put("type")}),
    Section("simcards", "modems", {
        "iccid": put("sim_iccid"), "phone_number": put("sim_number"), "subscriber_id": put("sim_subscriber"),
        "operator_name": put("sim_operator"), "country": put("sim_country"), "state": put("sim_state"),
    }),
    Section("slots", "slots", {
        "name": put("name"), "description": put("type"), "designation": put("id"),
        "status": put("usage", form=one_of("used", "free", **{"in use": "used", "available": "free"})),
    }, {"name": ""}),
    Section("sounds", "sound_cards", {
        "name": put("name"), "caption": put("name"), "manufacturer": put("manufacturer"),
    }),
    Section("usbdevices", "usb_devices", {
        "vendorid": put("vendor_id"), "productid": put("product_id"), "manufacturer": put("manufacturer"),
        "name": put("product"), "caption": put("product"), "serial": put("serial"), "class": put("class"),
        "subclass": put("subclass"),
    }),
    Section("videos", "graphics_cards", {
        "name": put("name"), "chipset": put("chipset"), "memory": put("memory_mib", form=as_it_is),
        "resolution": put("resolution"), "pcislot": put("slot"),
    }),
)  # fmt: skip

MORE = ("processors", "monitors", "logons")

_PROCESSOR = {
    "name": put("model"), "manufacturer": put("manufacturer"), "arch": put("architecture", form=_ARCH),
    "familynumber": put("family"), "model": put("model_number"), "serial": put("serial"), "id": put("id"),
    "speed": put("speed_mhz", form=as_it_is), "external_clock": put("bus_mhz", form=as_it_is),
    "core": put("cores", form=as_it_is), "thread": put("threads", form=as_it_is),
    "cache": put("cache_kib", form=lambda kib: f"{kib} KiB"),
    "stepping": put("stepping", form=lambda said: int(said) if said.isascii() and said.isdecimal() else None),
}  # fmt: skip
_MONITOR = {
    "name": put("model"), "caption": put("model"), "manufacturer": put("manufacturer"), "serial": put("serial"),
    "altserial": put("serial_number"), "port": put("port"),
}  # fmt: skip


def sections(classes: ClassRowsOf) -> dict[str, Any]:
    """Return all of these sections."""
    found: dict[str, Any] = {one.name: one.things(classes) for one in SECTIONS}
    for thing, row in zip(found["controllers"], classes.get("pci_devices", ()), strict=False):
        of_vendor, of_device = row.get("subsystem_vendor_id"), row.get("subsystem_id")
        if of_device:
            thing["pcisubsystemid"] = f"{of_vendor}:{of_device}" if of_vendor else of_device
    return found | {
        "cpus": [put_all(row, _PROCESSOR) for row in sorted(classes.get("processors", ()), key=_place)],
        "monitors": [put_all(row, _MONITOR) | _made(row) for row in classes.get("monitors", ())],
        "users": _logged_in(classes.get("logons", ())),
    }


def _place(row: Row) -> tuple[str, int]:
    return str(row.get("slot") or ""), row.get("index") or 0


def _made(row: Row) -> dict[str, str]:
    year, week = row.get("made_year"), row.get("made_week")
    return {"description": f"{week:02}/{year}" if week else str(year)} if year else {}


def _logged_in(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return who is logged in, each once."""
    puts = {"login": put("user"), "domain": put("domain")}
    found = [put_all(row, puts) for row in rows if row.get("is_active")]
    return list({(one["login"], one.get("domain")): one for one in found}.values())
