"""Whether the computer is a virtual machine or a container, of what kind, and in whose cloud."""

from __future__ import annotations

from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError
from itmsctl.inventory.json_values import json_of, member

_MAKERS = (
    ("vmware", "vmware"), ("virtualbox", "virtualbox"), ("innotek", "virtualbox"), ("parallels", "parallels"),
    ("kvm", "kvm"), ("qemu", "kvm"), ("bochs", "bochs"), ("openstack", "kvm"), ("amazon ec2", "kvm"),
    ("google", "kvm"), ("xen", "xen"), ("bhyve", "bhyve"), ("nutanix", "kvm"), ("digitalocean", "kvm"),
    ("hetzner", "kvm"), ("ovirt", "kvm"), ("red hat", "kvm"), ("firecracker", "firecracker"),
)  # fmt: skip
_CLOUDS = (
    ("amazon", "aws"),
    ("google", "gcp"),
    ("openstack", "openstack"),
    ("digitalocean", "digitalocean"),
    ("hetzner", "hetzner"),
)
_CONTAINERS = (
    ("docker", "docker"),
    ("kubepods", "kubernetes"),
    ("libpod", "podman"),
    ("lxc", "lxc"),
    ("machine.slice", "nspawn"),
)
_CLOUD = "/run/cloud-init/instance-data.json"


def look(probe: Probe) -> dict[str, Rows]:
    """Return what it runs on."""
    container = _container(probe)
    machine = _machine(probe)
    row: dict[str, Any] = {
        "hypervisor": container or machine,
        "is_virtual": bool(container or machine),
        "type": "container" if container else "machine" if machine else None,
        "cloud_provider": _provider(probe),
        **_instance(probe),
        **_tools(probe),
    }
    return {"virtual_guest": filled(row), "hardware": [{"is_virtual": row["is_virtual"]}]}


def _container(probe: Probe) -> str | None:
    if probe.has("/.dockerenv"):
        return "docker"
    if probe.has("/run/.containerenv"):
        return "podman"
    said = probe.line("/run/systemd/container")
    if said:
        return {"systemd-nspawn": "nspawn"}.get(said, said)
    try:
        words = probe.data("/proc/1/environ", 1 << 16).decode("utf-8", "replace").split("\0")
    except UnreadError:
        words = []
    for word in words:
        if word.startswith("container=") and word != "container=":
            return word.partition("=")[2][:40]
    groups = probe.line("/proc/1/cgroup")
    if probe.has("/proc/vz") and not probe.has("/proc/bc"):
        return "openvz"
    return next((name for sign, name in _CONTAINERS if sign in groups), None)


def _machine(probe: Probe) -> str | None:
    names = ("sys_vendor", "product_name", "board_vendor", "bios_vendor")
    told = " ".join(probe.line(f"/sys/class/dmi/id/{name}") for name in names).lower()
    if "microsoft corporation" in told and "virtual machine" in told:
        return "hyperv"
    for sign, name in _MAKERS:
        if sign in told:
            return name
    if probe.line("/sys/hypervisor/type") == "xen":
        return "xen"
    try:
        text = probe.text("/proc/cpuinfo")
    except UnreadError:
        return None
    return "unknown" if " hypervisor" in text else None


def _provider(probe: Probe) -> str | None:
    tag = probe.line("/sys/class/dmi/id/chassis_asset_tag")
    if tag == "7783-7084-3265-9085-8269-3286-77":
        return "azure"
    told = " ".join(probe.line(f"/sys/class/dmi/id/{name}") for name in ("sys_vendor", "bios_vendor")).lower()
    return next((name for sign, name in _CLOUDS if sign in told), None)


def _instance(probe: Probe) -> dict[str, Any]:
    """Return what cloud-init noted; its file is asked, no server."""
    try:
        found = member(json_of(probe.text(_CLOUD)), "v1")
    except UnreadError:
        return {}
    names = {
        "cloud_provider": "cloud_name",
        "cloud_instance_id": "instance_id",
        "cloud_region": "region",
    }
    told = {name: member(found, key) for name, key in names.items()}
    return {name: value for name, value in told.items() if isinstance(value, str) and value}


def _tools(probe: Probe) -> dict[str, Any]:
    for path in ("/usr/bin/vmtoolsd", "/usr/sbin/qemu-ga", "/usr/bin/qemu-ga", "/usr/sbin/VBoxService"):
        if probe.has(path):
            name = path.rpartition("/")[2]
            return {"tools_running": any(probe.line(f"{one}/comm") == name[:15] for one in probe.files("/proc/[0-9]*"))}
    return {}
