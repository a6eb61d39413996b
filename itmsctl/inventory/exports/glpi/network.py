"""The sections of networks: an interface stands once for each of its addresses."""

from __future__ import annotations

import ipaddress
from typing import Any

from itmsctl.inventory.exports.putting import (
    ClassRowsOf,
    Row,
    as_it_is,
    listed,
    one_of,
    put,
    put_all,
    without_nothing,
)

CLASSES = ("network_interfaces", "interface_addresses", "management_controller", "storage_adapters", "firewall")

_TYPE = one_of(
    "ethernet", "wifi", "infiniband", "aggregate", "alias", "dialup", "loopback", "bridge", "fibrechannel", "bluetooth",
    ppp="dialup", fc="fibrechannel",
)  # fmt: skip
_INTERFACE = {
    "description": put("name"), "model": put("description"), "type": put("type", form=_TYPE),
    "mac": put("mac_address"), "mtu": put("mtu", form=as_it_is), "status": put("state", form=one_of("up", "down")),
    "speed": put("speed_mbps"), "virtualdev": put("is_virtual", form=as_it_is), "ipdhcp": put("dhcp_server"),
    "ipgateway": put("gateway"), "base": put("parent"), "slaves": put("members", form=listed),
    "driver": put("driver"), "firmware": put("firmware"), "manufacturer": put("manufacturer"),
    "pcislot": put("pci_slot"), "pnpdeviceid": put("pnp_id"), "wifi_ssid": put("wifi_ssid"),
    "wifi_bssid": put("wifi_bssid"), "wifi_mode": put("wifi_mode"), "wifi_version": put("wifi_standard"),
}  # fmt: skip
_CONTROLLER = {
    "description": put("type"), "ipaddress": put("ip_address"), "ipmask": put("netmask"), "ipgateway": put("gateway"),
    "mac": put("mac_address"), "manufacturer": put("manufacturer"), "firmware": put("firmware"),
}  # fmt: skip
_ADAPTER = {
    "description": put("name"), "wwn": put("wwpn"), "model": put("model"), "manufacturer": put("manufacturer"),
    "firmware": put("firmware"), "driver": put("driver"),
}  # fmt: skip


def sections(classes: ClassRowsOf) -> dict[str, Any]:
    """Return `networks` and `firewalls`."""
    return {"networks": _networks(classes), "firewalls": _firewalls(classes)}


def _networks(classes: ClassRowsOf) -> list[dict[str, Any]]:
    interfaces = {row["name"]: put_all(row, _INTERFACE) for row in classes.get("network_interfaces", ())}
    for row in classes.get("storage_adapters", ()):
        if row.get("wwpn"):
            known = interfaces.setdefault(row["name"], {"type": "fibrechannel"})
            known |= {name: value for name, value in put_all(row, _ADAPTER).items() if name not in known}
    addresses: dict[Any, list[dict[str, Any]]] = {}
    for row in classes.get("interface_addresses", ()):
        addresses.setdefault(row["interface"], []).append(_address(row))
    found: list[dict[str, Any]] = []
    for name in dict.fromkeys([*interfaces, *addresses]):
        said = interfaces.get(name, {"description": str(name or "")})
        found += [said | address for address in addresses.get(name, [{}])]
    controllers = (put_all(row, _CONTROLLER) for row in classes.get("management_controller", ()))
    return found + [{"description": "bmc", **said, "management": True} for said in controllers if said]


def _address(row: Row) -> dict[str, Any]:
    """Return an address with its mask and its network, each as agents write those of its version."""
    address, length = str(row.get("address") or ""), row.get("prefix_length")
    try:
        found = ipaddress.ip_interface(address if length is None else f"{address}/{length}")
    except ValueError:
        return {}
    version = "" if found.version == 4 else "6"
    said = {
        f"ipaddress{version}": address,
        f"ipmask{version}": (row.get("netmask") if not version else None) or str(found.netmask),
        f"ipsubnet{version}": str(found.network.network_address),
    }
    return said if length is not None or row.get("netmask") else {f"ipaddress{version}": address}


def _firewalls(classes: ClassRowsOf) -> list[dict[str, Any]]:
    return [
        without_nothing(
            {
                "profile": row["name"],
                "description": row.get("interface"),
                **_address({"address": row.get("address")}),
                "status": "on" if row["is_enabled"] else "off",
            }.items()
        )
        for row in classes.get("firewall", ())
        if row.get("is_enabled") is not None
    ]
