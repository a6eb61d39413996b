"""`/proc/net/tcp`, `udp` and their IPv6 twins: ports that wait, with the process behind each where root asks."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError

_WAITS = {"tcp": "0A", "udp": "07"}
_MOST_PROCESSES = 20_000


def look(probe: Probe) -> dict[str, Rows]:
    """Return ports that wait for others."""
    found = list(_waiting(probe))
    owners = _owners(probe, {inode for *_, inode in found}) if found else {}
    rows: Rows = []
    for protocol, address, port, inode in found:
        pid = owners.get(inode)
        rows += filled(
            {"protocol": protocol, "address": address, "port": port, **(_process(probe, pid) if pid else {})}
        )
    return {"listening_ports": rows}


def _waiting(probe: Probe) -> Iterator[tuple[str, str, int, str]]:
    is_read = False
    for name in ("tcp", "tcp6", "udp", "udp6"):
        try:
            text = probe.text(f"/proc/net/{name}")
        except UnreadError:
            continue
        is_read = True
        protocol = name[:3]
        for line in lines(text):
            words = line.split()
            if len(words) < 10 or words[3] != _WAITS[protocol] or not words[9].isdigit():
                continue
            digits, _, port = words[1].partition(":")
            if words[2].rpartition(":")[2] == "0000":
                yield protocol, _address(digits), int(port, 16), words[9]
    if not is_read:
        raise UnreadError("no such file: /proc/net/tcp")


def _address(digits: str) -> str:
    """Return an address: the kernel writes it in words of its own byte order."""
    words = [int(digits[place : place + 8], 16) for place in range(0, len(digits), 8)]
    raw = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def _owners(probe: Probe, wanted: set[str]) -> dict[str, int]:
    """Return the process of each socket; without root only one's own are seen."""
    ends = {f"socket:[{inode}]": inode for inode in wanted}
    found: dict[str, int] = {}
    for name in probe.names("/proc")[:_MOST_PROCESSES]:
        if not name.isdigit():
            continue
        folder = probe.place(f"/proc/{name}/fd")
        try:
            handles = os.listdir(folder)
        except OSError:
            continue
        for handle in handles:
            try:
                inode = ends.get(os.readlink(f"{folder}/{handle}"))
            except OSError:
                continue
            if inode is not None and found.get(inode, 1 << 30) > int(name):
                found[inode] = int(name)
    return found


def _process(probe: Probe, pid: int) -> dict[str, object]:
    return {
        "pid": pid,
        "process": probe.line(f"/proc/{pid}/comm"),
        "path": probe.link(f"/proc/{pid}/exe").partition(" (deleted)")[0],
    }
