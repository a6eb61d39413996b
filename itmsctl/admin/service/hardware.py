"""The machine as a support bundle tells of it: hardware, memory, disks, network cards and gateways. It only reads.

Whatever a kernel does not tell is left out: nothing here fails.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

_DMI = ("sys_vendor", "product_name", "product_version", "bios_vendor", "bios_version", "board_name")
_MEMORY = ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")
_TROUBLES = ("rx_errors", "tx_errors", "rx_dropped", "tx_dropped")
_SECTOR = 512


def hardware(folders: dict[str, Path]) -> dict[str, Any]:
    """Return what the machine is; `folders` are those whose disks matter, by what they hold."""
    return {
        "system": _system(),
        "dmi": {name: _text(f"/sys/class/dmi/id/{name}") for name in _DMI},
        "processor": {"model": _after("/proc/cpuinfo", "model name"), "count": os.cpu_count(), "load": _load()},
        "memory": {name: _after("/proc/meminfo", name) for name in _MEMORY},
        "disks": list(_disks()),
        "folders": {what: _folder(path) for what, path in folders.items()},
        "open_files": _after("/proc/self/limits", "Max open files", ""),
    }  # fmt: skip


def network() -> dict[str, Any]:
    """Return network cards, default gateways and name servers. Addresses of the machine itself are not among them."""
    return {"cards": list(_cards()), "gateways": [*_gateways4(), *_gateways6()], "name_servers": list(_name_servers())}


def recent_software() -> list[str]:
    """Return the last packages that were installed, upgraded or removed, where the system keeps a log of it."""
    try:
        lines = Path("/var/log/dpkg.log").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    wanted = re.compile(r"[0-9-]{10} [0-9:]{8} (?:install|upgrade|remove) [a-z0-9.+:-]+ \S+ \S+")
    return [line for line in lines if wanted.fullmatch(line)][-50:]


def _system() -> dict[str, Any]:
    release = _text("/etc/os-release") or ""
    pretty = re.search(r'^PRETTY_NAME="?([^"\n]*)"?$', release, re.MULTILINE)
    known = platform.uname()
    return {
        "name": pretty[1] if pretty else known.system,
        "kernel": f"{known.system} {known.release}",
        "kernel_version": known.version,
        "architecture": known.machine,
        "uptime_s": (_text("/proc/uptime") or "").split(" ")[0] or None,
        "container": Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
    }


def _load() -> list[float] | None:
    try:
        return [round(value, 2) for value in os.getloadavg()]
    except OSError:
        return None


def _disks() -> Iterator[dict[str, Any]]:
    for path in sorted(Path("/sys/block").glob("*")) if Path("/sys/block").is_dir() else ():
        size = _text(path / "size")
        if size and size != "0" and not path.name.startswith(("loop", "ram", "zram")):
            yield {
                "name": path.name,
                "size_bytes": int(size) * _SECTOR,
                "rotates": _text(path / "queue/rotational") == "1",
                "model": _text(path / "device/model"),
            }


def _folder(path: Path) -> dict[str, Any]:
    from itmsctl.cmdb.files import file_system_of

    nearest = next(p for p in (path, *path.parents) if p.exists())
    usage = shutil.disk_usage(nearest)
    return {"file_system": file_system_of(nearest), "size_bytes": usage.total, "free_bytes": usage.free}


def _cards() -> Iterator[dict[str, Any]]:
    for path in sorted(Path("/sys/class/net").glob("*")) if Path("/sys/class/net").is_dir() else ():
        yield {
            "name": path.name,
            **{name: _text(path / name) for name in ("operstate", "speed", "duplex", "mtu", "address")},
            "errors": {n: _text(path / "statistics" / n) for n in _TROUBLES},
        }  # fmt: skip


def _gateways4() -> Iterator[dict[str, str]]:
    for line in (_text("/proc/net/route") or "").splitlines()[1:]:
        parts = line.split("\t")
        if len(parts) > 2 and parts[1] == "00000000" and parts[2] != "00000000":
            yield {"address": str(IPv4Address(bytes.fromhex(parts[2])[::-1])), "card": parts[0]}


def _gateways6() -> Iterator[dict[str, str]]:
    for line in (_text("/proc/net/ipv6_route") or "").splitlines():
        parts = line.split()
        if len(parts) == 10 and parts[0] == "0" * 32 and parts[1] == "00" and parts[4] != "0" * 32:
            yield {"address": str(IPv6Address(bytes.fromhex(parts[4]))), "card": parts[9]}


def _name_servers() -> Iterator[str]:
    for line in (_text("/etc/resolv.conf") or "").splitlines():
        found = re.fullmatch(r"nameserver\s+([0-9a-fA-F:.%a-z]+)\s*", line)
        if found:
            yield found[1]


def _after(file: str, key: str, colon: str = ":") -> str | None:
    """Return what stands behind a key in a file of `key : value` lines."""
    for line in (_text(file) or "").splitlines():
        if line.startswith(key):
            return line.removeprefix(key).strip().removeprefix(colon).strip()
    return None


def _text(path: str | Path) -> str | None:
    try:
        return Path(path).read_text("utf-8", "replace").strip()[:1_000_000]
    except OSError:
        return None
