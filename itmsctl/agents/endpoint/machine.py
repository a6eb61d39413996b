"""What tells the computer of an agent from a copy of it: its machine-id, and the hardware that it finds under itself.

A computer may get another name, a card or a disk, and stays what it is. The copy of an image has another machine-id;
where that was not made new, it has another BIOS, or another name with other network cards. What none of these
tells apart is noticed by the server: two who tell with one key fall out of step.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from itmsctl.agents.form import digest

DMI = "/sys/class/dmi/id"
_CARDS = "/sys/class/net"
_LONGEST = 200
_ASK_ADDRESS = 0x8915  # SIOCGIFADDR of Linux
_NO_UUIDS = ("", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")


def machine() -> dict[str, Any]:
    """Return what this computer is told from others by; what its user may not read is empty."""
    return {
        "id": first_line("/etc/machine-id") or first_line("/etc/hostid"),
        "host": os.uname().nodename,
        "uuid": first_line(f"{DMI}/product_uuid").lower(),
        "mac": network_cards(),
    }


def is_same(kept: Any, now: Mapping[str, Any]) -> bool:
    """Return whether the computer is the one that was kept; what is not known on either side tells nothing."""
    if not isinstance(kept, dict) or kept.get("id", "") != now["id"]:
        return False
    uuid = kept.get("uuid", "")
    known = uuid not in _NO_UUIDS and now["uuid"] not in _NO_UUIDS
    if known and uuid != now["uuid"]:
        return False
    if kept.get("host") == now["host"]:
        return True
    cards = set(kept.get("mac") or ())
    stayed = bool(cards & set(now["mac"]))
    has_other_cards = bool(cards and now["mac"]) and not stayed
    return not has_other_cards and bool(now["id"] or known or stayed)


def mark_of(now: Mapping[str, Any]) -> str:
    """Return what events say of the machine: the same for all its time, whatever it is called."""
    return digest(str(now["id"] or now["uuid"] or now["host"]).encode())[:32]


def first_line(path: str) -> str:
    """Return the first line of a file, or nothing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.readline(_LONGEST).strip()
    except OSError:
        return ""


def network_cards() -> list[str]:
    """Return the MAC addresses of its cards; where it has none, as in a container, of adapters that are no bridge."""
    found: dict[bool, set[str]] = {True: set(), False: set()}
    with suppress(OSError):
        for name in os.listdir(_CARDS):
            if os.path.exists(f"{_CARDS}/{name}/bridge") or name == "lo":
                continue
            address = first_line(f"{_CARDS}/{name}/address")
            if len(address) == 17 and address != "00:00:00:00:00:00":
                found[os.path.exists(f"{_CARDS}/{name}/device")].add(address)
    return sorted(found[True] or found[False])[:16]


def ip_addresses() -> list[str]:
    """Return the IPv4 addresses of its adapters, without loopback; nothing where the system is not Linux."""
    found = set()
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        for name in os.listdir(_CARDS):
            with suppress(OSError):
                answer = fcntl.ioctl(asker.fileno(), _ASK_ADDRESS, name.encode()[:15].ljust(256, b"\0"))
                found.add(socket.inet_ntoa(answer[20:24]))
    return sorted(one for one in found if not one.startswith("127."))[:32]
