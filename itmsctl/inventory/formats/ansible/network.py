"""Interfaces, addresses, routes and name servers, from Ansible's facts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.formats.ansible.facts import AnsibleFacts
from itmsctl.inventory.json_values import one_or_several
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.ip_addr import VIRTUAL, type_of
from itmsctl.inventory.taking import Found, address_of, count, mac_of, number, plain, prefix_length, texts, worded

_TYPES = {"ether": "ethernet", "loopback": "loopback", "bridge": "bridge", "bonding": "bond", "tunnel": "tunnel"}
_ADDRESSES = ("ipv4", "ipv4_secondaries", "ipv6")
_MOST = 4096


def _interfaces(facts: AnsibleFacts) -> Iterator[tuple[str, Found]]:
    """Yield interfaces by name; those of Windows stand in a list."""
    for one in facts.list("interfaces"):
        name = plain(one.get("connection_name")) or plain(one.get("interface_name"))
        if name:
            yield name, one
    named = facts.at("interfaces")
    for name in texts(named)[:_MOST] if isinstance(named, list) else ():
        one = facts.map(name) or facts.map(name.translate(str.maketrans("-.:", "___")))
        if one:
            yield name, one


def network_interfaces(facts: AnsibleFacts) -> Rows:
    """Return interfaces."""
    rows: Rows = []
    defaults = [facts.map(f"default_{kind}") for kind in ("ipv6", "ipv4")]
    gateways = {plain(one.get("interface")): one.get("gateway") for one in defaults}
    for name, one in _interfaces(facts):
        kind, active, speed = plain(one.get("type")), one.get("active"), number(one.get("speed"))
        device = plain(one.get("device")) or name
        rows += filled(
            {
                "name": name,
                "description": worded(one.get("interface_name")) if "connection_name" in one else None,
                "type": _type(device, kind),
                "mac_address": mac_of(one.get("macaddress")),
                "permanent_mac": mac_of(one.get("perm_macaddress")),
                "mtu": count(one.get("mtu")),
                "state": {True: "up", False: "down"}.get(active) if isinstance(active, bool) else None,
                "speed_mbps": speed if speed and speed > 0 else None,
                "is_virtual": True if VIRTUAL.match(device) or kind in {"bridge", "bonding", "tunnel"} else None,
                "gateway": address_of(gateways.get(name)) or address_of(one.get("default_gateway")),
                "dns_suffix": worded(one.get("dns_domain")),
                "members": texts(one.get("interfaces")) or texts(one.get("slaves")),
                "driver": worded(one.get("module")),
                "pci_slot": worded(one.get("pciid")),
            }
        )
    return rows


def _type(name: str, kind: str | None) -> str | None:
    by_name = type_of(name, kind or "")
    return by_name or (_TYPES.get(kind, kind) if kind and kind != "unknown" else None)


def interface_addresses(facts: AnsibleFacts) -> Rows:
    """Return addresses; Windows tells them without their interface."""
    rows: Rows = []
    for name, one in _interfaces(facts):
        for each in chain.from_iterable(one_or_several(one.get(key)) for key in _ADDRESSES):
            length = prefix_length(each.get("prefix"))
            rows += filled(
                {
                    "interface": name,
                    "address": address_of(each.get("address")),
                    "prefix_length": prefix_length(each.get("netmask")) if length is None else length,
                    "netmask": plain(each.get("netmask")),
                    "broadcast": address_of(each.get("broadcast")),
                    "scope": plain(each.get("scope")),
                },
                "address",
            )
    return rows or [{"address": address} for text in texts(facts.at("ip_addresses")) if (address := address_of(text))]


def routes(facts: AnsibleFacts) -> Rows:
    """Return the default routes."""
    rows: Rows = []
    for kind, destination in (("ipv4", "0.0.0.0/0"), ("ipv6", "::/0")):
        one = facts.map(f"default_{kind}")
        gateway = address_of(one.get("gateway"))
        if gateway:
            rows += filled({"destination": destination, "gateway": gateway, "interface": plain(one.get("interface"))})
    return rows


def dns_settings(facts: AnsibleFacts) -> Rows:
    """Return name servers."""
    told = facts.map("dns")
    options = told.get("options")
    pairs = [f"{name}:{value}" if not isinstance(value, bool) else name for name, value in _pairs(options)]
    return filled(
        {
            "servers": texts(told.get("nameservers")),
            "search": texts(told.get("search")),
            "domain": plain(told.get("domain")),
            "options": pairs,
        }
    )


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


NETWORK = {
    "network_interfaces": network_interfaces,
    "interface_addresses": interface_addresses,
    "routes": routes,
    "dns_settings": dns_settings,
}
