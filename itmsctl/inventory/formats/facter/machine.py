"""The computer as a whole, from its facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.inventory.captured import bytes_of, filled, size
from itmsctl.inventory.distributions import distribution, version_and_release
from itmsctl.inventory.formats.facter.facts import FacterFacts
from itmsctl.inventory.json_values import objects_by_name
from itmsctl.inventory.moments import day_of
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.ssh_prints import host_key
from itmsctl.inventory.taking import (
    bytes_as_mib,
    count,
    guid_of,
    number,
    plain,
    real,
    small,
    truth,
    worded,
)

_GUESTS = {"xenu": "xen", "xenhvm": "xen", "xen0": "xen", "hyperv": "hyperv", "vbox": "virtualbox", "ovirt": "kvm"}
_CONTAINERS = frozenset(
    {"docker", "lxc", "openvz", "openvzve", "podman", "systemd_nspawn", "jail", "zone", "illumos-lx"}
)


def identification(facts: FacterFacts) -> Rows:
    """Return who the computer is."""
    host, domain, fqdn = (worded(facts.at(f"networking.{name}")) for name in ("hostname", "domain", "fqdn"))
    return filled(
        {
            "host_name": host,
            "fqdn": fqdn if fqdn and "." in fqdn else None,
            "domain": domain,
            "domain_type": "dns" if domain else None,
            "serial": worded(facts.at("dmi.product.serial_number")),
            "uuid": guid_of(facts.at("dmi.product.uuid")),
            "host_id": worded(facts.found.get("uniqueid")),
            "asset_tag": worded(facts.at("dmi.chassis.asset_tag")) or worded(facts.at("dmi.board.asset_tag")),
        }
    )


def hardware(facts: FacterFacts) -> Rows:
    """Return the machine as a whole."""
    sockets, cores = count(facts.at("processors.physicalcount")), count(facts.at("processors.cores"))
    return filled(
        {
            "manufacturer": worded(facts.at("dmi.manufacturer")),
            "model": worded(facts.at("dmi.product.name")),
            "model_version": worded(facts.at("dmi.product.version")),
            "chassis_type": worded(facts.at("dmi.chassis.type")),
            "chassis_asset_tag": worded(facts.at("dmi.chassis.asset_tag")),
            "board_manufacturer": worded(facts.at("dmi.board.manufacturer")),
            "board_model": worded(facts.at("dmi.board.product")),
            "board_serial": worded(facts.at("dmi.board.serial_number")),
            "architecture": small(facts.at("os.hardware")),
            "processors": sockets,
            "cores": sockets * cores if sockets and cores else None,
            "threads": count(facts.at("processors.count")),
            "memory_mib": _mib(facts),
            "is_virtual": facts.is_virtual(),
        }
    )


def _mib(facts: FacterFacts) -> int | None:
    told = bytes_as_mib(facts.at("memory.system.total_bytes"))
    if told is None:
        flat = real(facts.found.get("memorysize_mb"))
        told = round(flat) if flat and flat > 0 else bytes_as_mib(size(plain(facts.at("memory.system.total"))))
    return told


def bios(facts: FacterFacts) -> Rows:
    """Return the firmware."""
    return filled(
        {
            "manufacturer": worded(facts.at("dmi.bios.vendor")),
            "version": worded(facts.at("dmi.bios.version")),
            "released_on": day_of(facts.at("dmi.bios.release_date")),
        }
    )


def operating_system(facts: FacterFacts) -> Rows:
    """Return the operating system."""
    kernel = plain(facts.found.get("kernel"))
    row = {
        "kernel_name": "Windows NT" if kernel == "windows" else kernel,
        "kernel_version": plain(facts.found.get("kernelrelease")),
        "architecture": plain(facts.at("os.hardware")) or plain(facts.at("os.architecture")),
        "uptime_s": number(facts.at("system_uptime.seconds")),
        "time_zone": worded(facts.found.get("timezone")),
        "fips_mode": truth(facts.found.get("fips_enabled")),
        "security_module": _selinux(facts),
    }
    if kernel == "windows":
        return filled(row | _windows(facts))
    if kernel == "Darwin":
        return filled(row | _macos(facts))
    name, full = plain(facts.at("os.name")), worded(facts.at("os.distro.description"))
    branch, full_version = plain(facts.map("os.release").get("branch")), plain(facts.at("os.release.full"))
    version, release = version_and_release(full_version)
    if branch and version:
        version = version.removesuffix(f"-{branch}")
    known = distribution("centos stream" if name == "CentOS" and full and "Stream" in full else name)
    return filled(
        row
        | {
            "name": known.name if known else name,
            "full_name": full,
            "id": known.id if known else small(name),
            "version": version,
            "release": worded(facts.at("os.distro.codename")) or release,
        }
    )


def _windows(facts: FacterFacts) -> dict[str, Any]:
    kernel = plain(facts.found.get("kernelversion")) or ""
    told = facts.map("os.windows")
    name = worded(told.get("product_name"))
    short = plain(facts.at("os.release.full"))
    kind = small(told.get("installation_type"))
    return {
        "name": name or f"Windows {short}" if name or short else "Windows",
        "full_name": name,
        "id": "windows",
        "version": kernel,
        "build": kernel.rpartition(".")[2] if kernel.count(".") == 2 else None,
        "release": worded(told.get("display_version")) or worded(told.get("release_id")),
        "architecture": {"x64": "64-bit", "x86": "32-bit"}.get(plain(facts.at("os.architecture")) or ""),
        "is_server": kind.startswith("server") if kind else None,
    }


def _macos(facts: FacterFacts) -> dict[str, Any]:
    name, version = worded(facts.at("os.macosx.product")) or "macOS", plain(facts.at("os.macosx.version.full"))
    return {
        "name": name,
        "full_name": f"{name} {version}" if version else name,
        "id": "macos",
        "version": version,
        "build": plain(facts.at("os.macosx.build")),
    }


def _selinux(facts: FacterFacts) -> str | None:
    mode = plain(facts.at("os.selinux.current_mode"))
    return f"selinux {mode}" if truth(facts.at("os.selinux.enabled")) and mode else None


def virtual_guest(facts: FacterFacts) -> Rows:
    """Return what the computer runs on."""
    kind = small(facts.found.get("virtual"))
    if not kind or kind == "physical" or facts.is_virtual() is False:
        return []
    cloud = facts.map("ec2_metadata") or facts.map("az_metadata.compute") or facts.map("gce.instance")
    provider = worded(facts.map("cloud").get("provider")) or next(
        (name for name, fact in (("aws", "ec2_metadata"), ("azure", "az_metadata"), ("gcp", "gce")) if facts.map(fact)),
        None,
    )
    place = cloud.get("placement")
    return filled(
        {
            "hypervisor": _GUESTS.get(kind, kind),
            "is_virtual": True,
            "type": "container" if kind in _CONTAINERS else "machine",
            "cloud_provider": provider,
            "cloud_instance_id": worded(cloud.get("instance-id"))
            or worded(cloud.get("vmId"))
            or worded(cloud.get("id")),
            "cloud_instance_type": worded(cloud.get("instance-type")) or worded(cloud.get("vmSize")),
            "cloud_region": worded(place.get("availability-zone"))
            if isinstance(place, Mapping)
            else worded(cloud.get("location")) or worded(cloud.get("zone")),
            "cloud_image": worded(cloud.get("ami-id")),
        }
    )


def swap(facts: FacterFacts) -> Rows:
    """Return all that memory is paged out to as one: Facter tells no devices."""
    total = count(facts.at("memory.swap.total_bytes")) or size(plain(facts.at("memory.swap.total")))
    used = number(facts.at("memory.swap.used_bytes"))
    return filled({"device": "all", "size_bytes": total or None, "used_bytes": used if total else None}, "size_bytes")


def ssh_keys(facts: FacterFacts) -> Rows:
    """Return the fingerprints of the host's keys; Facter tells no paths."""
    told = [one for _, one in objects_by_name(facts.map("ssh"))]
    keys = [plain(one.get("key")) for one in told]
    keys += [plain(facts.found.get(f"ssh{kind}key")) for kind in ("rsa", "dsa", "ecdsa", "ed25519")] if not told else []
    rows: Rows = []
    for data in map(bytes_of, keys):
        kind = data[4 : 4 + int.from_bytes(data[:4])] if len(data) > 16 and int.from_bytes(data[:4]) < 40 else b""
        if kind:
            rows.append(host_key(data, kind.decode("ascii", "replace")))
    return rows


MACHINE = {
    "identification": identification,
    "hardware": hardware,
    "bios": bios,
    "operating_system": operating_system,
    "virtual_guest": virtual_guest,
    "swap": swap,
    "ssh_keys": ssh_keys,
}
