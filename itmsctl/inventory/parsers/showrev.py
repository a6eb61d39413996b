"""`showrev`: who a Solaris computer is, and its kernel."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, pairs
from itmsctl.inventory.parser import Parser, Rows


def identification(text: str) -> Rows:
    """Return names and host id."""
    said = pairs(lines(text))
    return filled({"host_name": said.get("Hostname"), "host_id": said.get("Hostid"), "domain": said.get("Domain")})


def operating_system(text: str) -> Rows:
    """Return the kernel and its patch level."""
    said = pairs(lines(text))
    kernel = re.fullmatch(r"(\S+) (\S+) (\S+)", said.get("Kernel version", ""))
    return filled(
        {
            "name": "Solaris" if kernel and kernel[1] == "SunOS" else None,
            "id": "solaris" if kernel and kernel[1] == "SunOS" else None,
            "architecture": said.get("Application architecture"),
            "kernel_name": kernel[1] if kernel else None,
            "kernel_version": kernel[2] if kernel else said.get("Release"),
            "kernel_build": kernel[3] if kernel else None,
        }
    )


def hardware(text: str) -> Rows:
    """Return the maker, where it is told."""
    said = pairs(lines(text))
    maker = (said.get("Hardware provider") or "").replace("_", " ")
    return filled({"manufacturer": maker, "architecture": said.get("Kernel architecture")}, "architecture")


PARSER = Parser(
    "showrev", {"identification": identification, "operating_system": operating_system, "hardware": hardware}
)
