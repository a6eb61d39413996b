"""Fleet's hosts, as its API, `fleetctl get host --json` and its exports write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.distributions import distribution, name_and_rest, version_and_release
from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.json_values import objects
from itmsctl.inventory.moments import moment_in
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import (
    Found,
    address_of,
    bytes_as_mib,
    count,
    guid_of,
    mac_of,
    number,
    plain,
    small,
    take,
    taken,
    texts,
    times,
    worded,
)

_SOURCES = {
    "deb_packages": "dpkg", "rpm_packages": "rpm", "programs": "registry", "apps": "app", "python_packages": "pip",
    "npm_packages": "npm", "homebrew_packages": "brew", "chocolatey_packages": "chocolatey", "pkg_packages": "pkg",
    "portage_packages": "portage",
}  # fmt: skip
_SYSTEMS = {"darwin": "macos", "windows": "windows"}
_FAMILY = frozenset({"linux", "rhel", "centos"})
_TELLING = ("osquery_version", "hardware_serial", "detail_updated_at", "seen_time", "osquery_host_id")


def _hosts(value: Any) -> list[Found]:
    """Return the hosts of what a file holds: a list under `hosts`, one under `host` or `spec`, or itself."""
    if not isinstance(value, Mapping):
        return []
    if isinstance(value.get("hosts"), list):
        return [one for one in value["hosts"] if _is_host(one)]
    for key in ("host", "spec"):
        if _is_host(value.get(key)):
            return [value[key]]
    return [value] if _is_host(value) else []


def _is_host(value: Any) -> bool:
    return isinstance(value, Mapping) and "hostname" in value and sum(name in value for name in _TELLING) > 1


def _knows(value: Any) -> bool:
    return bool(_hosts(value))


def _read(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for place, value in enumerate(values, 1):
        found = _hosts(value)
        if not found:
            raise NotReadableError(f"value {place} is no host of Fleet: `hostname` and `osquery_version` are expected")
        for host in found:
            yield _pair(host, at)


def _pair(host: Found, at: datetime) -> Pair:
    when = moment_in(UTC, host.get("detail_updated_at")) or moment_in(UTC, host.get("seen_time")) or at
    classes = {
        "identification": _identification(host),
        "hardware": _hardware(host),
        "operating_system": _operating_system(host),
        "processors": _processors(host),
        "network_interfaces": _interfaces(host),
        "interface_addresses": _addresses(host),
        "software": _software(host),
        "local_users": _users(host),
        "system_battery": _batteries(host),
        "last_logon": _primary(host),
    }
    groups = tuple(filter(None, (plain(host.get("team_name")),)))
    name = plain(host.get("display_name")) or plain(host.get("computer_name")) or ""
    return pair_of("fleet", when, classes, name=name, groups=groups)


def _identification(host: Found) -> Rows:
    name, dot, _ = (plain(host.get("hostname")) or "").partition(".")
    return filled(
        {
            "host_name": name,
            "fqdn": plain(host.get("hostname")) if dot else None,
            "serial": worded(host.get("hardware_serial")),
            "uuid": guid_of(host.get("uuid")),
        }
    )


def _hardware(host: Found) -> Rows:
    return taken(
        [host],
        {
            "manufacturer": take("hardware_vendor"), "model": take("hardware_model"),
            "model_version": take("hardware_version"), "architecture": take("cpu_type", means=small),
            "cores": take("cpu_physical_cores", means=count), "threads": take("cpu_logical_cores", means=count),
            "memory_mib": take("memory", means=bytes_as_mib),
        },
    )  # fmt: skip


def _processors(host: Found) -> Rows:
    row = {
        "index": 0,
        "model": " ".join((worded(host.get("cpu_brand")) or "").split()),
        "architecture": small(host.get("cpu_type")),
        "cores": count(host.get("cpu_physical_cores")),
        "threads": count(host.get("cpu_logical_cores")),
    }
    return filled(row, "model")


def _operating_system(host: Found) -> Rows:
    """Return the operating system; Fleet writes name and version in one text: `Debian GNU/Linux 12.0.0`."""
    platform, full = small(host.get("platform")), worded(host.get("os_version"))
    name, said = name_and_rest(full)
    known = distribution(name)
    short = _SYSTEMS.get(platform or "") or (known.id if known else None if platform in _FAMILY else platform)
    version, release = version_and_release(said or None)
    if short == "windows":
        name, version, release = full or "Windows", None, said.partition(" ")[2] or None
    return filled(
        {
            "name": known.name if known else name,
            "full_name": full,
            "id": short,
            "version": _without_zeros(version),
            "release": worded(host.get("code_name")) or release,
            "build": worded(host.get("build")),
            "kernel_version": worded(host.get("kernel_version")),
            "uptime_s": times(1e-9, host.get("uptime")),
            "booted_at": moment_in(UTC, host.get("last_restarted_at")),
        },
        "name",
    )


def _without_zeros(version: str | None) -> str | None:
    """Return a version as the system itself tells it: `12.0.0` is 12."""
    while version and version.endswith(".0"):
        version = version.removesuffix(".0")
    return version


def _interfaces(host: Found) -> Rows:
    """Return the interface that Fleet knows, by its address: its name is not told."""
    return filled({"name": "primary", "mac_address": mac_of(host.get("primary_mac"))}, "mac_address")


def _addresses(host: Found) -> Rows:
    return filled({"interface": "primary", "address": address_of(host.get("primary_ip"))}, "address")


def _software(host: Found) -> Rows:
    rows: Rows = []
    for one in objects(host.get("software")):
        source = plain(one.get("source")) or ""
        version, release = plain(one.get("version")), plain(one.get("release"))
        name = plain(one.get("name")) or ""
        is_rpm = source == "rpm_packages" and release and version and not version.endswith(f"-{release}")
        paths = texts(one.get("installed_paths"))
        rows += filled(
            {
                "name": name.removesuffix(".app") if source == "apps" else name,
                "version": f"{version}-{release}" if is_rpm else version,
                "architecture": plain(one.get("arch")),
                "source": _SOURCES.get(source, source.removesuffix("_packages")),
                "publisher": worded(one.get("vendor")),
                "release": release,
                "product_id": worded(one.get("bundle_identifier")),
                "path": paths[0] if paths else None,
            },
            "name",
        )
    return rows


def _users(host: Found) -> Rows:
    takes = {
        "name": take("username", means=plain), "uid": take("uid", means=plain), "shell": take("shell", means=plain),
    }  # fmt: skip
    return taken(objects(host.get("users")), takes, "name")


def _batteries(host: Found) -> Rows:
    found = host.get("batteries")
    rows: Rows = []
    for index, one in enumerate(found if isinstance(found, list) else ()):
        if isinstance(one, Mapping):
            cycles, health = number(one.get("cycle_count")), worded(one.get("health"))
            rows += filled({"name": f"battery {index}", "cycles": cycles, "health": health})
    return rows


def _primary(host: Found) -> Rows:
    """Return who the computer is for, by what Fleet was told."""
    emails = (plain(one.get("email")) for one in objects(host.get("device_mapping")))
    return filled({"primary_user": next(filter(None, emails), None)})


_SECTIONS: dict[str, tuple[str, ...]] = {
    "batteries": ("system_battery",),
    "cpu_*, hardware_*, memory": ("hardware", "identification", "processors"),
    "device_mapping": ("last_logon",),
    "hostname, uuid": ("identification",),
    "os_version, platform, code_name, build, uptime, last_restarted_at": ("operating_system",),
    "primary_ip, primary_mac": ("interface_addresses", "network_interfaces"),
    "software": ("software",),
    "users": ("local_users",),
}
_LEFT_OUT = {
    "gigs_disk_space_available, disk_encryption_enabled": "of disks that are not named",
    "labels, policies, packs": "what Fleet makes of the data",
    "mdm, munki, orbit, osquery_version": "of Fleet and of agents",
    "team_name": "the computer is told with it as a group",
    "vulnerabilities": "what others say of a version, not of the computer",
}

FORMATS = (Format("fleet", "hosts", "json", _knows, _read, _SECTIONS, _LEFT_OUT),)
