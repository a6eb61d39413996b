"""Interfaces (`/sys/class/net`), and by netlink their addresses, routes and neighbours."""

from __future__ import annotations

import re
from typing import Any

from itmsctl.inventory.captured import address, filled, mac
from itmsctl.inventory.endpoint import netlink
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError
from itmsctl.inventory.parsers.ip_addr import VIRTUAL, type_of

_FOLDER = "/sys/class/net"
_LINKS = {
    "1": "ether",
    "772": "loopback",
    "32": "infiniband",
    "512": "ppp",
    "776": "sit",
    "768": "ipip",
    "778": "gre",
    "65534": "none",
}
_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host"}
_PROTOCOLS = {
    1: "redirect",
    2: "kernel",
    3: "boot",
    4: "static",
    9: "ra",
    16: "dhcp",
    11: "zebra",
    12: "bird",
    186: "bgp",
    188: "ospf",
}
_STATES = {
    1: "incomplete",
    2: "reachable",
    4: "stale",
    8: "delay",
    16: "probe",
    32: "failed",
    64: "noarp",
    128: "permanent",
}
_KINDS = {1: None, 6: "blackhole", 7: "unreachable", 8: "prohibit"}
_TEMPORARY = 0x01
_MAIN = 254
_CLONED = 0x200


def interfaces(probe: Probe) -> Rows:
    """Return interfaces, by the folder of each."""
    if not probe.has(_FOLDER):
        raise UnreadError(f"no such file: {_FOLDER}")
    vlans = _vlans(probe)
    return [
        row
        for name in probe.names(_FOLDER)
        if probe.has(f"{_FOLDER}/{name}/ifindex")
        for row in _interface(probe, name, vlans)
    ]


def _interface(probe: Probe, name: str, vlans: dict[str, tuple[int, str]]) -> Rows:
    def one(what: str) -> str:
        return probe.line(f"{_FOLDER}/{name}/{what}")

    flags = int(one("flags") or "0x0", 16)
    state = one("operstate")
    is_device = probe.has(f"{_FOLDER}/{name}/device")
    members = [*probe.names(f"{_FOLDER}/{name}/brif"), *one("bonding/slaves").split()]
    vlan, parent = vlans.get(name, (None, None))
    speed, duplex = (one("speed"), one("duplex")) if state == "up" and is_device else ("", "")
    hardware = probe.link(f"{_FOLDER}/{name}/device").rpartition("/")[2]
    return filled(
        {
            "name": name,
            "type": _type(probe, name, one("type")),
            "mac_address": mac(one("address")),
            "mtu": int(one("mtu") or "0") or None,
            "state": "up" if flags & 1 and state != "down" else "down",
            "speed_mbps": int(speed) if speed.isdigit() and len(speed) < 9 else None,
            "duplex": duplex if duplex in {"full", "half"} else None,
            "is_virtual": None if is_device else True,
            "parent": parent or probe.link(f"{_FOLDER}/{name}/master").rpartition("/")[2],
            "members": members,
            "vlan": vlan,
            "driver": probe.link(f"{_FOLDER}/{name}/device/driver").rpartition("/")[2],
            "pci_slot": hardware[5:] if re.fullmatch(r"0000:[0-9a-f]{2}:[0-9a-f]{2}\.\d", hardware) else None,
        }
    )


def _type(probe: Probe, name: str, link: str) -> str | None:
    base = f"{_FOLDER}/{name}"
    for sign, kind in (
        ("bridge", "bridge"),
        ("bonding", "bond"),
        ("wireless", "wifi"),
        ("phy80211", "wifi"),
        ("tun_flags", "tunnel"),
    ):
        if probe.has(f"{base}/{sign}"):
            return kind
    if probe.has(f"/proc/net/vlan/{name}"):
        return "vlan"
    kind = _LINKS.get(link, "")
    if kind == "ether" and not VIRTUAL.match(name):
        return "ethernet"
    return type_of(name, kind)


def _vlans(probe: Probe) -> dict[str, tuple[int, str]]:
    found = re.findall(r"^(\S+)\s+\| (\d{1,4})\s+\| (\S+)", probe.line("/proc/net/vlan/config"), re.MULTILINE)
    return {name: (int(number), parent) for name, number, parent in found}


def addresses(_probe: Probe) -> Rows:
    """Return addresses of interfaces."""
    rows: Rows = []
    for (family, length, flags, scope, index), told in netlink.asked(netlink.ADDRESSES):
        local, there = netlink.address(family, told.get(2)), netlink.address(family, told.get(1))
        name = netlink.interface(index)
        every = netlink.number(told.get(8)) or flags
        rows += filled(
            {
                "interface": name,
                "address": local or there,
                "peer": there if local and local != there else None,
                "prefix_length": length,
                "broadcast": netlink.address(family, told.get(4)),
                "scope": _SCOPES.get(scope, str(scope)),
                "is_temporary": True if family != 2 and every & _TEMPORARY else None,
            },
            "address",
        )
    return rows


def routes(_probe: Probe) -> Rows:
    """Return routes of the main table, as `ip route` prints them."""
    rows: Rows = []
    for (family, length, _, _, table, protocol, _, kind, flags), told in netlink.asked(netlink.ROUTES):
        number = netlink.number(told.get(15)) or table
        if number != _MAIN or flags & _CLONED or kind not in _KINDS or family not in {2, 10}:
            continue
        bare = netlink.address(family, told.get(1)) or ("0.0.0.0" if family == 2 else "::")  # noqa: S104 - any address
        row: dict[str, Any] = {
            "destination": f"{bare}/{length}",
            "metric": netlink.number(told.get(6)),
            "flags": _KINDS[kind],
            "protocol": _PROTOCOLS.get(protocol, str(protocol)),
            "source": netlink.address(family, told.get(7)),
            "mtu": netlink.metric(told.get(8), 2),
        }
        hops = list(netlink.hops(told.get(9), family)) or [
            (netlink.number(told.get(4)), netlink.address(family, told.get(5)))
        ]
        for index, gateway in hops:
            rows += filled({**row, "interface": netlink.interface(index), "gateway": gateway})
    return rows


def neighbours(_probe: Probe) -> Rows:
    """Return neighbours whose hardware address is known."""
    rows: Rows = []
    for (family, index, state, _, _), told in netlink.asked(netlink.NEIGHBOURS):
        if state & 64:
            continue
        rows += filled(
            {
                "address": address(netlink.address(family, told.get(1))),
                "mac_address": mac((told.get(2) or b"").hex()),
                "interface": netlink.interface(index),
                "type": "static" if state & 128 else "dynamic",
                "state": _STATES.get(state),
            },
            "address",
            "mac_address",
        )
    return rows
