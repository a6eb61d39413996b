"""`ip addr`: interfaces and addresses of Linux."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from itmsctl.inventory.captured import address, filled, lines, mac, whole
from itmsctl.inventory.parser import Parser, Rows

_HEAD = re.compile(r"\d+: (?P<name>[^\s:@]+)(?:@(?P<parent>\S+?))?: <(?P<flags>[^>]*)>(?P<rest>.*)")
_LINK = re.compile(r"\s+link/(?P<type>\S+)(?: (?P<mac>[0-9a-fA-F:.]+))?(?:.* permaddr (?P<permanent>\S+))?")
_INET = re.compile(
    r"\s+inet6? (?P<address>[0-9a-fA-F.:]+)(?: peer (?P<peer>[0-9a-fA-F.:]+))?(?:/(?P<length>\d{1,3}))?(?P<rest>.*)"
)
_TYPES = {"ether": "ethernet", "loopback": "loopback", "infiniband": "infiniband", "ppp": "ppp"}
_TUNNELS = frozenset({"none", "sit", "gre", "ipip", "tunnel6", "gre6", "slip", "ip6gre"})
_BY_NAME = (
    (re.compile(r"wl|wlan|ath|wwan"), "wifi"), (re.compile(r"br\d|br-|virbr|docker|lxcbr|vmbr"), "bridge"),
    (re.compile(r"bond|team"), "bond"), (re.compile(r"ppp"), "ppp"), (re.compile(r"tun|tap|wg|sit|gre"), "tunnel"),
)  # fmt: skip
VIRTUAL = re.compile(
    r"lo\d*$|(?:br|virbr|docker|lxcbr|vmbr|bond|team|tun|tap|wg|ppp|sit|gre|veth|vif|vnet|dummy|bridge|utun|gif|stf|vboxnet|vmnet|pan|awdl|p2p|llw)"
)


def type_of(name: str, link: str = "") -> str | None:
    """Return what an interface is by its name, or else by its link."""
    for pattern, kind in _BY_NAME:
        if pattern.match(name):
            return kind
    return "tunnel" if link in _TUNNELS else _TYPES.get(link)


def network_interfaces(text: str) -> Rows:
    """Return interfaces."""
    rows: Rows = []
    for line in lines(text):
        if head := _HEAD.match(line):
            words = head["rest"].split()
            said = dict(zip(words[::2], words[1::2], strict=False))
            flags = head["flags"].split(",")
            rows += filled(
                {
                    "name": head["name"],
                    "mtu": whole(said.get("mtu")),
                    "state": "up" if "UP" in flags and said.get("state") != "DOWN" else "down",
                    "parent": said.get("master") or (head["parent"] if head["parent"] != "NONE" else None),
                    "is_virtual": bool(VIRTUAL.match(head["name"])) or None,
                }
            )
        elif rows and (link := _LINK.match(line)):
            kind = type_of(rows[-1]["name"], link["type"])
            rows[-1] |= {
                name: value
                for name, value in {
                    "type": "vlan" if "." in rows[-1]["name"] and kind == "ethernet" else kind,
                    "mac_address": mac(link["mac"]),
                    "permanent_mac": mac(link["permanent"]),
                }.items()
                if value
            }
    return rows


def interface_addresses(text: str) -> Rows:
    """Return addresses."""
    rows: Rows = []
    name = ""
    for line in lines(text):
        if head := _HEAD.match(line):
            name = head["name"]
        elif name and (inet := _INET.match(line)):
            words = inet["rest"].split()
            said: dict[str, Any] = dict(pairwise(words))
            rows += filled(
                {
                    "interface": name,
                    "address": address(inet["address"]),
                    "peer": address(inet["peer"]),
                    "prefix_length": whole(inet["length"]),
                    "broadcast": address(said.get("brd")),
                    "scope": said.get("scope"),
                    "is_temporary": True if "temporary" in words else None,
                },
                "address",
            )
    return rows


PARSER = Parser("ip addr", {"network_interfaces": network_interfaces, "interface_addresses": interface_addresses})
