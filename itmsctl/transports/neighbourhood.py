"""What is seen of an address without talking to a service of it: a TCP port, its name in DNS, its MAC address."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
from pathlib import Path

_ARP = Path("/proc/net/arp")
_LONGEST_ARP = 4 << 20
_COMPLETE = 0x2
_MOST_LOOKUPS = 32
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


class ReverseNames:
    """Names that DNS has for addresses. A lookup cannot be stopped: nobody waits for one longer than it may take."""

    def __init__(self) -> None:
        self._running = 0

    async def of(self, address: str, timeout_s: float) -> str:
        """Return the name of an address; empty where it has none, DNS is slow, or too many lookups hang already."""
        if self._running >= _MOST_LOOKUPS:
            return ""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        self._running += 1

        def told(name: str) -> None:
            self._running -= 1
            if not answer.done():
                answer.set_result(name)

        def ask() -> None:
            name = ""
            with contextlib.suppress(OSError, UnicodeError):
                name = socket.getnameinfo((address, 0), socket.NI_NAMEREQD)[0][:253]
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(told, name)

        threading.Thread(target=ask, daemon=True).start()
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(answer, timeout_s)
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
