"""Interfaces and their addresses, the management controller, adapters of storage networks, firewalls."""

from __future__ import annotations

from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.formats.glpi.content import Classes, Content
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import (
    Found,
    address_and_prefix,
    address_of,
    count,
    listed,
    mac_of,
    number,
    plain,
    slashed,
    small,
    take,
    taken,
    truth,
    worded,
    yes,
)

_FASTEST = 10_000_000  # Mbit/s; what is more is a number that stands for none
_OVERFLOWN, _WHOLE = "fff0::", "128"  # what agents make of a prefix of 128 bits
_TYPES = {"dialup": "ppp", "fibrechannel": "fc"}


def network(content: Content) -> Classes:
    """Return rows of the classes of networks."""
    found = content.all("networks")
    managed = [one for one in found if truth(one.get("management"))]
    own = [one for one in found if not truth(one.get("management"))]
    return {
        "network_interfaces": _interfaces(own, content.system != "macos"),
        "interface_addresses": _addresses(own),
        "management_controller": _controller(managed),
        "storage_adapters": _adapters(own),
        "firewall": _firewall(content),
    }


def _speed(value: Any) -> int | None:
    speed = number(value)
    return speed if speed and 0 < speed < _FASTEST else None


def _state(value: Any) -> str | None:
    said = small(value)
    return {"up": "up", None: None}.get(said, "down")


def _type(value: Any) -> str | None:
    said = small(value)
    return _TYPES.get(said, said) if said else None


_TAKES = {
    "name": take("description", means=plain),
    "description": take("model"),
    "type": take("type", means=_type),
    "mac_address": take("mac", means=mac_of),
    "mtu": take("mtu", means=count),
    "state": take("status", means=_state),
    "speed_mbps": take("speed", means=_speed),
    "is_virtual": take("virtualdev", means=yes),
    "dhcp_server": take("ipdhcp", means=address_of),
    "gateway": take("ipgateway", means=address_of),
    "parent": take("base"),
    "members": take("slaves", means=listed),
    "driver": take("driver"),
    "firmware": take("firmware"),
    "manufacturer": take("manufacturer"),
    "pci_slot": take("pcislot"),
    "pnp_id": take("pnpdeviceid", "pciid"),
    "wifi_ssid": take("wifi_ssid", means=plain),
    "wifi_bssid": take("wifi_bssid", means=mac_of),
    "wifi_mode": take("wifi_mode", means=small),
    "wifi_standard": take("wifi_version"),
}


def _interfaces(found: list[Found], knows_virtual: bool) -> Rows:
    """Return interfaces; an agent tells one once for each of its addresses, and on a Mac calls each one virtual."""
    rows: dict[Any, dict[str, Any]] = {}
    for row in taken(found, _TAKES, "name"):
        if not knows_virtual:
            row.pop("is_virtual", None)
        known = rows.setdefault(row["name"], row)
        known |= {column: value for column, value in row.items() if column not in known}
    for row in rows.values():
        if row.get("dhcp_server"):
            row["is_dhcp"] = True
    return list(rows.values())


def _addresses(found: list[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        for version in ("", "6"):
            for text in slashed(one.get(f"ipaddress{version}")):
                mask = worded(one.get(f"ipmask{version}"))
                address, length = address_and_prefix(text, _WHOLE if mask == _OVERFLOWN else mask)
                rows += filled(
                    {
                        "interface": plain(one.get("description")),
                        "address": address,
                        "prefix_length": length,
                        "netmask": mask if mask and "." in mask else None,
                    },
                    "interface",
                    "address",
                )
    return rows


def _controller(found: list[Found]) -> Rows:
    takes = {
        "type": take("type", "description"),
        "ip_address": take("ipaddress", means=address_of),
        "netmask": take("ipmask"),
        "gateway": take("ipgateway", means=address_of),
        "mac_address": take("mac", means=mac_of),
        "manufacturer": take("manufacturer"),
        "firmware": take("firmware"),
    }
    return taken(found, takes)[:1]


def _adapters(found: list[Found]) -> Rows:
    takes = {
        "name": take("description", means=plain),
        "wwpn": take("wwn"),
        "model": take("model"),
        "manufacturer": take("manufacturer"),
        "firmware": take("firmware"),
        "driver": take("driver"),
    }
    return [row | {"type": "fc"} for row in taken(found, takes, "name", "wwpn")]


def _firewall(content: Content) -> Rows:
    rows = taken(
        content.all("firewalls"),
        {
            "name": take("profile", "description"),
            "interface": take("description"),
            "address": take("ipaddress", "ipaddress6", means=address_of),
            "is_enabled": take("status", means=truth),
        },
    )
    return [{"name": "firewall"} | row for row in rows if "is_enabled" in row]
