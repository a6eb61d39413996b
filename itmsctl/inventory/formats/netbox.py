"""NetBox's devices and virtual machines, as its API and `pynetbox` write them: a page of results, a list, or one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.distributions import distribution, name_and_rest, version_and_release
from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.json_values import member, one_or_several
from itmsctl.inventory.moments import moment_in
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import Found, address_of, count, plain, worded

_CLUSTERED = ("cluster", "vcpus")


def _devices(value: Any) -> list[Found]:
    """Return the devices and virtual machines of what a file holds."""
    page = value.get("results") if isinstance(value, Mapping) else None
    return [one for one in one_or_several(page if isinstance(page, list) else value) if _is_device(one)]


def _is_device(value: Found) -> bool:
    if not {"name", "status", "primary_ip"} <= value.keys():
        return False
    return isinstance(value.get("device_type"), Mapping) or all(name in value for name in _CLUSTERED)


def _knows(value: Any) -> bool:
    return bool(_devices(value))


def _read(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for place, value in enumerate(values, 1):
        found = _devices(value)
        is_empty = isinstance(value, Mapping) and value.get("results") == []
        if not found and not is_empty:
            raise NotReadableError(f"value {place} holds no device of NetBox: `device_type` and `status` are expected")
        for device in found:
            yield _pair(device, at)


def _pair(device: Found, at: datetime) -> Pair:
    # What NetBox knows is as of when somebody wrote it: what a computer told since then counts more.
    when = moment_in(UTC, device.get("last_updated")) or at
    classes = {
        "identification": _identification(device),
        "hardware": _hardware(device),
        "operating_system": _operating_system(device),
        "interface_addresses": _addresses(device),
    }
    role = plain(member(device, "role", "name")) or plain(member(device, "device_role", "name"))
    return pair_of("netbox", when, classes, name=plain(device.get("name")) or "", groups=(role,) if role else ())


def _identification(device: Found) -> Rows:
    full = plain(device.get("name")) or ""
    name, dot, _ = full.partition(".")
    return filled({"host_name": name, "fqdn": full if dot else None, "serial": worded(device.get("serial"))})


def _hardware(device: Found) -> Rows:
    return filled(
        {
            "manufacturer": worded(member(device, "device_type", "manufacturer", "name")),
            "model": worded(member(device, "device_type", "model")),
            "threads": count(device.get("vcpus")),
            "memory_mib": count(device.get("memory")),
        }
    )


def _operating_system(device: Found) -> Rows:
    """Return the platform: a text that people chose, `Debian 12`."""
    full = worded(member(device, "platform", "name"))
    name, said = name_and_rest(full)
    known = distribution(name)
    version, release = version_and_release(said or None)
    row = {"name": known.name if known else name, "full_name": full, "id": known.id if known else None}
    return filled({**row, "version": version, "release": release}, "name")


def _addresses(device: Found) -> Rows:
    rows: Rows = []
    for name in ("primary_ip4", "primary_ip6"):
        address, _, length = (plain(member(device, name, "address")) or "").partition("/")
        row = {"interface": "primary", "address": address_of(address)}
        rows += filled({**row, "prefix_length": count(length)}, "address")
    return rows


_SECTIONS: dict[str, tuple[str, ...]] = {
    "device_type, vcpus, memory": ("hardware",),
    "name, serial": ("identification",),
    "platform": ("operating_system",),
    "primary_ip4, primary_ip6": ("interface_addresses",),
}
_LEFT_OUT = {
    "asset_tag, site, status, location, tenant, comments": "of the CMDB itself: `computer import` takes them",
    "cluster, disk, virtual_chassis": "what it runs on, and disks that are not named",
    "custom_fields, local_context_data, tags": "what people made of NetBox",
    "rack, position, face, airflow": "where it stands in a rack",
    "role": "the computer is told with it as a group",
}

FORMATS = (Format("netbox", "devices and virtual machines", "json", _knows, _read, _SECTIONS, _LEFT_OUT),)
