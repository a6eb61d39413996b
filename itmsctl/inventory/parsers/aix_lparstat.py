"""`lparstat -i` of AIX: the logical partition."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines, mebibytes, pairs, whole
from itmsctl.inventory.parser import Parser, Rows


def _said(text: str) -> dict[str, str]:
    return pairs(lines(text))


def virtual_guest(text: str) -> Rows:
    """Return the partition."""
    said = _said(text)
    share = said.get("Entitled Capacity", "").replace(",", ".")
    return filled(
        {
            "hypervisor": "lpar",
            "is_virtual": True,
            "type": "machine",
            "guest_name": said.get("Partition Name"),
            "guest_id": said.get("Partition Number"),
            "cpu_entitlement": float(share) if share.replace(".", "", 1).isdecimal() and share.isascii() else None,
        },
        "guest_name",
    )


def hardware(text: str) -> Rows:
    """Return processors and memory of the partition."""
    said = _said(text)
    row = {"threads": whole(said.get("Online Virtual CPUs")), "memory_mib": mebibytes(said.get("Online Memory"))}
    return filled(row, "memory_mib") if "Partition Name" in said else []


PARSER = Parser("lparstat -i", {"virtual_guest": virtual_guest, "hardware": hardware})
