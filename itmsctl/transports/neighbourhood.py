"""What is seen of an address without talking to a service of it: a TCP port, its name in DNS, its MAC address."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from pathlib import Path

_ARP = Path("/proc/net/arp")
_LONGEST_ARP = 4 << 20
_COMPLETE = 0x2
_CLOSED = frozenset({errno.ECONNREFUSED})


async def port_state(address: str, port: int, timeout_s: float) -> str:
    """Return what a TCP port is: `open`, `closed` (somebody is there and says no), or `silent`. Nothing is sent."""
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(address, port)
    except TimeoutError:
        return "silent"
    except OSError as error:
        return "closed" if error.errno in _CLOSED else "silent"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return "open"


async def name_of(address: str, timeout_s: float) -> str:
    """Return the name that DNS has for an address; empty where it has none, or does not answer in time."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, TimeoutError, UnicodeError):
        async with asyncio.timeout(timeout_s):
            name, _ = await loop.getnameinfo((address, 0), socket.NI_NAMEREQD)
            return name[:253]
    return ""


def own_neighbours() -> dict[str, str]:
    """Return the MAC addresses that this machine knows of its neighbours, by address; nothing where it cannot say."""
    found = {}
    with contextlib.suppress(OSError):
        with _ARP.open(encoding="ascii", errors="replace") as file:
            lines = file.read(_LONGEST_ARP).splitlines()[1:]
        for line in lines:
            parts = line.split()
            if len(parts) >= 4 and parts[2].startswith("0x") and int(parts[2], 16) & _COMPLETE:
                found[parts[0]] = parts[3]
    return found


def addresses_of(name: str) -> list[str]:
    """Return the addresses that DNS, or the file of hosts, has for a name; nothing where there is none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(place[0]) for *_, place in found))
