"""The computer as a whole, what is installed and what runs, from Ansible's facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from itmsctl.inventory.captured import bytes_of, filled
from itmsctl.inventory.distributions import distribution
from itmsctl.inventory.formats.ansible.facts import AnsibleFacts
from itmsctl.inventory.json_values import objects, objects_by_name
from itmsctl.inventory.moments import day_of, moment_in
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.ssh_prints import host_key
from itmsctl.inventory.taking import (
    count,
    guid_of,
    masked,
    mib_as_bytes,
    number,
    plain,
    small,
    truth,
    worded,
)

_SOURCES = {"apt": "dpkg", "portage": "portage", "pkg5": "ips"}
_KEYS = ("rsa", "dsa", "ecdsa", "ed25519")


def identification(facts: AnsibleFacts) -> Rows:
    """Return who the computer is."""
    fqdn, domain = worded(facts.at("fqdn")), worded(facts.at("domain")) or worded(facts.at("windows_domain"))
    return filled(
        {
            "host_name": plain(facts.at("hostname")) or plain(facts.at("nodename")),
            "fqdn": fqdn if fqdn and "." in fqdn else None,
            "domain": domain,
            "domain_type": None if not domain else "active-directory" if facts.at("windows_domain_member") else "dns",
            "serial": worded(facts.at("product_serial")),
            "uuid": guid_of(facts.at("product_uuid")),
            "machine_id": worded(facts.at("machine_id")),
            "asset_tag": worded(facts.at("chassis_asset_tag")) or worded(facts.at("board_asset_tag")),
        }
    )


def hardware(facts: AnsibleFacts) -> Rows:
    """Return the machine as a whole."""
    sockets, cores = count(facts.at("processor_count")), count(facts.at("processor_cores"))
    role = plain(facts.at("virtualization_role"))
    model = worded(facts.at("product_name")) or worded(facts.at("model"))
    return filled(
        {
            "manufacturer": worded(facts.at("system_vendor")),
            "model": model,
            "model_version": worded(facts.at("product_version")),
            "chassis_type": worded(facts.at("form_factor")),
            "chassis_manufacturer": worded(facts.at("chassis_vendor")),
            "chassis_serial": worded(facts.at("chassis_serial")),
            "chassis_asset_tag": worded(facts.at("chassis_asset_tag")),
            "board_manufacturer": worded(facts.at("board_vendor")),
            "board_model": worded(facts.at("board_name")),
            "board_serial": worded(facts.at("board_serial")),
            "board_version": worded(facts.at("board_version")),
            "architecture": _architecture(facts),
            "processors": sockets,
            "cores": sockets * cores if sockets and cores else None,
            "threads": count(facts.at("processor_vcpus")),
            "memory_mib": count(facts.at("memtotal_mb")),
            "is_virtual": role == "guest" if role in {"guest", "host", "NA", "Physical"} else None,
        }
    )


def _architecture(facts: AnsibleFacts) -> str | None:
    said = small(facts.at("machine")) or small(facts.at("architecture"))
    return {"64-bit": "x86_64", "32-bit": "x86"}.get(said, said) if said else None


def bios(facts: AnsibleFacts) -> Rows:
    """Return the firmware."""
    return filled(
        {
            "manufacturer": worded(facts.at("bios_vendor")),
            "version": worded(facts.at("bios_version")),
            "released_on": day_of(facts.at("bios_date")),
        }
    )


def operating_system(facts: AnsibleFacts) -> Rows:
    """Return the operating system."""
    name, version = plain(facts.at("distribution")), plain(facts.at("distribution_version"))
    uptime = number(facts.at("uptime_seconds"))
    gathered = facts.moment()
    row: dict[str, Any] = {
        "version": version,
        "architecture": plain(facts.at("architecture")),
        "kernel_name": plain(facts.at("system")),
        "kernel_version": plain(facts.at("kernel")),
        "kernel_build": plain(facts.at("kernel_version")),
        "uptime_s": uptime,
        "booted_at": gathered - timedelta(seconds=uptime)
        if gathered and uptime and uptime < 1 << 32
        else moment_in(UTC, facts.at("lastboot")),
        "time_zone": plain(facts.at("date_time", "tz")),
        "init": small(facts.at("service_mgr")),
        "fips_mode": truth(facts.at("fips")),
        "security_module": _security(facts),
        "locale": worded(facts.at("env", "LANG")) if isinstance(facts.at("env"), Mapping) else None,
    }
    if facts.is_windows:
        return filled(row | _windows(facts, name, version))
    known = distribution(f"{name} Stream" if plain(facts.at("distribution_release")) == "Stream" else name)
    release = worded(facts.at("distribution_release"))
    if known and known.id == "macos":
        row |= {"build": plain(facts.at("osversion"))}
        release = None
    return filled(
        row
        | {
            "name": known.name if known else name,
            "full_name": worded(facts.at("lsb", "description")),
            "id": known.id if known else small(name),
            "release": release,
        }
    )


def _windows(facts: AnsibleFacts, name: str | None, version: str | None) -> dict[str, Any]:
    title = worded(facts.at("os_name")) or name
    parts = (version or "").split(".")
    kind = small(facts.at("os_product_type"))
    return {
        "name": title,
        "full_name": title,
        "id": "windows",
        "version": ".".join(parts[:3]) if version else None,
        "build": parts[2] if len(parts) > 2 else None,
        "kernel_name": "Windows NT",
        "kernel_build": None,
        "owner": worded(facts.at("owner_name")),
        "is_server": None if not kind else kind in {"server", "domain_controller"},
    }


def _security(facts: AnsibleFacts) -> str | None:
    mode = plain(facts.at("selinux", "mode"))
    if plain(facts.at("selinux", "status")) == "enabled":
        return f"selinux {mode}" if mode else "selinux"
    return "apparmor" if plain(facts.at("apparmor", "status")) == "enabled" else None


def virtual_guest(facts: AnsibleFacts) -> Rows:
    """Return what the computer runs on."""
    kind, role = small(facts.at("virtualization_type")), plain(facts.at("virtualization_role"))
    if role != "guest" or not kind or kind in {"na", "physical"}:
        return []
    return [{"hypervisor": {"hyper-v": "hyperv", "virtualpc": "hyperv"}.get(kind, kind), "is_virtual": True}]


def swap(facts: AnsibleFacts) -> Rows:
    """Return all that memory is paged out to as one: Ansible tells no devices."""
    total, free = count(facts.at("swaptotal_mb")), number(facts.at("swapfree_mb"))
    used = (total - free) << 20 if total and free is not None and 0 <= free <= total else None
    return filled({"device": "all", "size_bytes": mib_as_bytes(total), "used_bytes": used}, "size_bytes")


def ssh_keys(facts: AnsibleFacts) -> Rows:
    """Return the fingerprints of the host's keys; Ansible tells no paths."""
    rows: Rows = []
    for kind in _KEYS:
        words = (plain(facts.at(f"ssh_host_key_{kind}_public")) or "").split()
        told = plain(facts.at(f"ssh_host_key_{kind}_public_keytype"))
        for word in words[:2]:
            data = bytes_of(word)
            if len(data) > 16 and not word.startswith("ssh-"):
                rows.append(host_key(data, told or kind))
    return rows


def software(facts: AnsibleFacts) -> Rows:
    """Return packages, of `package_facts`."""
    rows: Rows = []
    for name, found in facts.map("packages").items():
        for one in objects(found):
            source, version, release = small(one.get("source")), plain(one.get("version")), plain(one.get("release"))
            is_rpm = source == "rpm"
            rows += filled(
                {
                    "name": plain(one.get("name")) or name,
                    "version": f"{version}-{release}" if is_rpm and version and release else version,
                    "architecture": plain(one.get("arch")),
                    "source": _SOURCES.get(source, source) if source else None,
                    "release": release,
                    "epoch": plain(one.get("epoch")),
                    "section": plain(one.get("category")) or plain(one.get("section")),
                    "publisher": worded(one.get("vendor")),
                },
                "name",
            )
    return rows


def services(facts: AnsibleFacts) -> Rows:
    """Return services, of `service_facts`."""
    rows: Rows = []
    for name, one in objects_by_name(facts.at("services")):
        rows += filled(
            {
                "name": plain(one.get("name")) or name,
                "manager": small(one.get("source")),
                "state": small(one.get("state")),
                "start_mode": small(one.get("status")),
            },
            "name",
        )
    return rows


def environment(facts: AnsibleFacts) -> Rows:
    """Return the variables of who gathered."""
    found = facts.map("env").items()
    return [{"name": name, "value": value} for name, said in found if (value := masked(said)) and name]


MACHINE = {
    "identification": identification,
    "hardware": hardware,
    "bios": bios,
    "operating_system": operating_system,
    "virtual_guest": virtual_guest,
    "swap": swap,
    "ssh_keys": ssh_keys,
    "software": software,
    "services": services,
    "environment": environment,
}
