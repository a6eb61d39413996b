"""What inventory knows of a computer that decides whether it can host site services (NS-10)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.current_rows import current_rows
from itmsctl.sites.fitness import HostingFacts

_GIB = 1 << 30
_DOTNET = re.compile(r"(?i)microsoft \.net framework\s+([0-9.]+)")
_NUMBERS = re.compile(r"[0-9]+")


def hosting_facts(reader: Reader, computer: int) -> HostingFacts:
    """Return what is known; a class that was never collected leaves None."""

    def rows(name: str) -> list[dict[str, Any]]:
        return [row for _, row in current_rows(reader, data_class(name), [computer])]

    hardware = next(iter(rows("hardware")), {})
    system = next(iter(rows("operating_system")), {})
    disks = [row["size_bytes"] for row in rows("filesystems") if row["size_bytes"] and not row["is_remote"]]
    memory = hardware.get("memory_mib")
    return HostingFacts(
        os_name=system.get("full_name") or system.get("name"),
        cores=hardware.get("cores") or hardware.get("threads"),
        ram_gb=memory / 1024 if memory else None,
        disk_gb=max(disks) / _GIB if disks else None,
        iis=_iis(rows("server_applications")),
        dotnet=_dotnet(rows("software")),
    )


def _iis(applications: Iterable[Mapping[str, Any]]) -> tuple[int, ...] | None:
    found = [row for row in applications if "iis" in str(row.get("name") or "").casefold().split()]
    return _newest(row.get("version") for row in found)


def _dotnet(software: Iterable[Mapping[str, Any]]) -> tuple[int, ...] | None:
    said = (_DOTNET.search(str(row.get("name") or "")) for row in software)
    return _newest(found[1] for found in said if found)


def _newest(versions: Iterable[Any]) -> tuple[int, ...] | None:
    """Return the newest of versions as numbers; None where there is none: that it is absent nobody can tell."""
    read = [tuple(int(part[:9]) for part in _NUMBERS.findall(str(text or ""))) for text in versions]
    return max((one for one in read if one), default=None)
