"""`lsconf` (also `prtconf`) of AIX: the machine at a glance."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import address, filled, lines, mebibytes, pairs, size, whole
from itmsctl.inventory.parser import Parser, Rows


def _said(text: str) -> dict[str, str]:
    return pairs(lines(text))


def hardware(text: str) -> Rows:
    """Return maker, model, processors and memory."""
    said = _said(text)
    maker, apart, model = said.get("System Model", "").partition(",")
    return filled(
        {
            "manufacturer": maker if apart else None,
            "model": model if apart else maker,
            "architecture": "powerpc" if "PowerPC" in said.get("Processor Type", "") else None,
            "threads": whole(said.get("Number Of Processors")),
            "memory_mib": mebibytes(said.get("Memory Size")),
            "is_virtual": None,
        },
        "model",
    )


def identification(text: str) -> Rows:
    """Return names and serial number."""
    said = _said(text)
    name = said.get("Host Name")
    return filled(
        {
            "host_name": name,
            "domain": said.get("Domain Name") if name else None,
            "serial": said.get("Machine Serial Number"),
        }
    )


def processors(text: str) -> Rows:
    """Return processors; AIX tells one line for all."""
    said = _said(text)
    count = min(whole(said.get("Number Of Processors")) or 0, 1024)
    row = {
        "manufacturer": "IBM",
        "model": said.get("Processor Type"),
        "architecture": said.get("CPU Type"),
        "speed_mhz": whole(said.get("Processor Clock Speed")),
    }
    return [filled(row | {"index": index})[0] for index in range(count)] if row["model"] else []


def bios(text: str) -> Rows:
    """Return the firmware of the platform."""
    said = _said(text)
    return filled(
        {
            "manufacturer": "IBM",
            "version": said.get("Firmware Version"),
            "revision": said.get("Platform Firmware level"),
        },
        "version",
    )


def virtual_guest(text: str) -> Rows:
    """Return the logical partition."""
    number, _, name = _said(text).get("LPAR Info", "").partition(" ")
    found = re.fullmatch(r"\d+", number)
    return filled({"hypervisor": "lpar", "type": "machine", "guest_id": number, "guest_name": name}) if found else []


def swap(text: str) -> Rows:
    """Return all paging space as one."""
    said = _said(text)
    return filled(
        {"device": "total", "type": "paging space", "size_bytes": size(said.get("Total Paging Space"))}, "size_bytes"
    )


def dns_settings(text: str) -> Rows:
    """Return the name server."""
    said = _said(text)
    server = address(said.get("Name Server"))
    return filled({"servers": [server] if server else [], "domain": said.get("Domain Name")}, "servers")


PARSER = Parser(
    "lsconf",
    {
        "hardware": hardware,
        "identification": identification,
        "processors": processors,
        "bios": bios,
        "virtual_guest": virtual_guest,
        "swap": swap,
        "dns_settings": dns_settings,
    },
)
