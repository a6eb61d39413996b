"""The sections of the computer as a whole: firmware, what it is, what it runs."""

from __future__ import annotations

from typing import Any

from itmsctl.inventory.exports.putting import (
    ClassRowsOf,
    Row,
    as_it_is,
    mib,
    moment,
    one_of,
    put,
    put_all,
    slashed,
    without_nothing,
)

CLASSES = (
    "identification", "hardware", "bios", "operating_system", "virtual_guest", "last_logon", "dns_settings", "swap",
    "routes",
)  # fmt: skip

_KERNELS = {"windows nt": "MSWin32"}
_DEFAULT = {"0.0.0.0/0", "::/0"}

_BIOS = {
    "bios": {
        "bmanufacturer": put("manufacturer"), "bversion": put("version"), "bdate": put("released_on", form=moment),
        "secure_boot": put("secure_boot", form=one_of("enabled", "disabled", "unsupported")),
    },
    "hardware": {
        "smanufacturer": put("manufacturer"), "smodel": put("model"), "skunumber": put("sku"),
        "enclosureserial": put("chassis_serial"), "mmanufacturer": put("board_manufacturer"),
        "mmodel": put("board_model"), "msn": put("board_serial"),
    },
    "identification": {"ssn": put("serial"), "assettag": put("asset_tag")},
}  # fmt: skip
_HARDWARE = {
    "identification": {"name": put("host_name"), "uuid": put("uuid")},
    "hardware": {"chassis_type": put("chassis_type"), "memory": put("memory_mib", form=as_it_is)},
    "last_logon": {"lastloggeduser": put("user"), "datelastloggeduser": put("at")},
    "dns_settings": {"dns": put("servers", form=slashed)},
    "operating_system": {
        "oscomments": put("kernel_build"), "winlang": put("locale"), "winprodid": put("product_id"),
        "winowner": put("owner"), "wincompany": put("organization"),
    },
}  # fmt: skip
_SYSTEM = {
    "hardware": {"arch": put("architecture")},
    "identification": {"fqdn": put("fqdn"), "hostid": put("host_id")},
    "operating_system": {
        "arch": put("architecture"), "name": put("name"), "full_name": put("full_name", "name"),
        "kernel_name": put("kernel_name", form=lambda said: _KERNELS.get(said.lower(), said.lower())),
        "kernel_version": put("kernel_version"), "service_pack": put("service_pack"),
        "install_date": put("installed_at", form=moment), "boot_time": put("booted_at", form=moment),
    },
}  # fmt: skip


def sections(classes: ClassRowsOf, offset: str) -> dict[str, Any]:
    """Return `bios`, `hardware` and `operatingsystem`; `offset` is that of the zone of the document's moments."""
    return {
        "bios": _joined(classes, _BIOS),
        "hardware": _hardware(classes),
        "operatingsystem": _operating_system(classes, offset),
    }


def _joined(classes: ClassRowsOf, of: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, puts in of.items():
        found |= put_all(_one(classes, name), puts)
    return found


def _one(classes: ClassRowsOf, name: str) -> Row:
    return next(iter(classes.get(name, ())), {})


def _hardware(classes: ClassRowsOf) -> dict[str, Any]:
    who = _one(classes, "identification")
    swap = sum(row.get("size_bytes") or 0 for row in classes.get("swap", ()))
    gateways = [row["gateway"] for row in classes.get("routes", ()) if _is_default(row)]
    more = {
        "workgroup": who.get("domain") if who.get("domain_type") != "dns" else None,
        "vmsystem": _virtual(classes),
        "swap": mib(swap) if swap else None,
        "defaultgateway": slashed(dict.fromkeys(gateways)),
    }
    return _joined(classes, _HARDWARE) | without_nothing(more.items())


def _is_default(row: Row) -> bool:
    return row.get("destination") in _DEFAULT and bool(row.get("gateway"))


def _virtual(classes: ClassRowsOf) -> str | None:
    """Return what the computer runs in; `Physical` for one of metal."""
    guest = _one(classes, "virtual_guest")
    is_virtual = guest.get("is_virtual") or _one(classes, "hardware").get("is_virtual")
    if is_virtual:
        return str(guest.get("hypervisor") or "Virtual Machine")
    return "Physical" if is_virtual is False else None


def _operating_system(classes: ClassRowsOf, offset: str) -> dict[str, Any]:
    who, system = _one(classes, "identification"), _one(classes, "operating_system")
    zone = system.get("time_zone")
    is_windows = system.get("id") == "windows"
    more = {
        "dns_domain": who.get("domain") if who.get("domain_type") == "dns" else None,
        "timezone": {"name": str(zone), "offset": offset} if zone else None,
        "version": _windows_version(system) if is_windows else _version(system),
        "kernel_version": system.get("version") if is_windows else None,
        "kernel_name": "MSWin32" if is_windows else None,
    }
    return _joined(classes, _SYSTEM) | without_nothing(more.items())


def _windows_version(system: Row) -> str | None:
    found: str | None = system.get("release") or system.get("version")
    return found


def _version(system: Row) -> str | None:
    version, behind = system.get("version"), system.get("release") or system.get("build")
    return f"{version} ({behind})" if version and behind else version
