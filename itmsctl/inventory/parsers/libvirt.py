"""`virsh dumpxml NAME`: a virtual machine or container of libvirt."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, mac, size, whole
from itmsctl.inventory.markup import xml_of
from itmsctl.inventory.parser import Parser, Rows

_CONTAINERS = frozenset({"lxc", "openvz", "vz"})
_UNITS = {"b": "", "bytes": "", "kib": "K", "k": "K", "mib": "M", "m": "M", "gib": "G", "g": "G", "tib": "T"}


def virtual_machines(text: str) -> Rows:
    """Return the domain; one with an id is running."""
    domain = xml_of(text)
    if domain is None or domain.tag != "domain":
        return []
    memory = domain.find("memory")
    unit = _UNITS.get((memory.get("unit", "KiB") if memory is not None else "KiB").lower(), "K")
    number = size(f"{(domain.findtext('memory') or '').strip()} {unit}")
    kind = domain.get("type")
    return filled(
        {
            "name": domain.findtext("name"),
            "uuid": domain.findtext("uuid"),
            "hypervisor": kind,
            "type": "container" if kind in _CONTAINERS else "machine",
            "state": "running" if domain.get("id") else None,
            "memory_mib": number >> 20 if number else None,
            "cpus": whole(domain.findtext("vcpu")),
            "mac_addresses": [
                found for one in domain.iterfind("devices/interface/mac") if (found := mac(one.get("address")))
            ],
            "image": next(
                (path for one in domain.iterfind("devices/disk/source") if (path := one.get("file") or one.get("dev"))),
                None,
            ),
            "comment": domain.findtext("description"),
        },
        "name",
    )


PARSER = Parser("virsh dumpxml NAME", {"virtual_machines": virtual_machines})
