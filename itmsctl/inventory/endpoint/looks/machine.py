"""Names of the computer, its memory and its processors, as the running system counts them."""

from __future__ import annotations

import os
import re

from itmsctl.inventory.captured import filled, lines, said
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError
from itmsctl.inventory.parsers.cpuinfo import hardware, processors


def look(probe: Probe) -> dict[str, Rows]:
    """Return names, and how much there is of what."""
    return {"identification": _identification(probe), "hardware": _hardware(probe)}


def cpus(probe: Probe) -> Rows:
    """Return processors; their clock is the fastest that they have, where `/proc/cpuinfo` tells that of this moment."""
    rows = processors(probe.text("/proc/cpuinfo"))
    fastest = probe.line("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
    for row in rows:
        named = re.search(r"@ (\d{1,2}\.\d{1,3})GHz", str(row.get("model", "")))
        if fastest.isdigit() and len(fastest) < 12:
            row["speed_mhz"] = int(fastest) // 1000
        elif named:
            row["speed_mhz"] = round(float(named[1]) * 1000)
    return rows


def _identification(probe: Probe) -> Rows:
    name = os.uname().nodename if probe.root == "/" else probe.line("/etc/hostname")
    full = name if "." in name else _full_name(probe, name)
    domain = full.partition(".")[2] if full else _searched(probe)
    return filled(
        {
            "host_name": name.partition(".")[0],
            "fqdn": full,
            "domain": domain,
            "domain_type": _domain_type(probe),
            "machine_id": said(probe.line("/etc/machine-id") or probe.line("/var/lib/dbus/machine-id")),
        }
    )


def _full_name(probe: Probe, name: str) -> str | None:
    """Return the name that the hosts file tells; no server is asked, for that can take long."""
    try:
        text = probe.text("/etc/hosts")
    except UnreadError:
        return None
    for line in lines(text):
        words = line.partition("#")[0].split()
        if name and name in words[1:]:
            return next((word for word in words[1:] if word.startswith(name + ".")), None)
    return None


def _searched(probe: Probe) -> str | None:
    found = re.search(r"^domain[ \t]+(\S{1,253})", probe.line("/etc/resolv.conf"), re.MULTILINE)
    return found[1] if found else None


def _domain_type(probe: Probe) -> str | None:
    for path, kind in (
        ("/etc/sssd/sssd.conf", "sssd"),
        ("/etc/ipa/default.conf", "ipa"),
        ("/var/lib/samba/private/secrets.tdb", "ad"),
    ):
        if probe.has(path):
            return kind
    return None


def _hardware(probe: Probe) -> Rows:
    sockets: Rows = []
    board: Rows = []
    threads = 0
    try:
        text = probe.text("/proc/cpuinfo")
        sockets, board = processors(text), hardware(text)
        threads = sum(int(one.get("threads") or 0) for one in sockets)
    except UnreadError:
        pass
    found = re.search(r"^MemTotal:\s+(\d{1,15}) kB", probe.line("/proc/meminfo"), re.MULTILINE)
    cores = [one.get("cores") for one in sockets]
    return filled(
        {
            "model": board[0].get("model") if board else None,
            "architecture": os.uname().machine if probe.root == "/" else None,
            "processors": len(sockets) or None,
            "cores": sum(int(one) for one in cores if one) if cores and all(cores) else None,
            "threads": threads or None,
            "memory_mib": int(found[1]) >> 10 if found else None,
        }
    )
