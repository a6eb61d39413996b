"""`ipmitool fru` and `ipmitool lan print`: parts and network of the management controller."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import address, filled, lines, mac, pairs, said
from itmsctl.inventory.parser import Parser, Rows

_HEAD = "FRU Device Description"
_SUPPLY = re.compile(r"\b(?:PS|PSU|PWR|Power ?Supply|P/S)", re.IGNORECASE)
_WATTS = re.compile(r"\b(\d{3,4}) ?W")


def _parts(text: str) -> list[dict[str, str]]:
    found: list[list[str]] = []
    for line in lines(text):
        if line.startswith(_HEAD):
            found.append([])
        if found:
            found[-1].append(line)
    return [pairs(block) for block in found]


def fru_parts(text: str) -> Rows:
    """Return parts that are present."""
    rows: Rows = []
    for one in _parts(text):
        if len(one) == 1 or any(key.startswith("Device not present") for key in one):
            continue
        rows += filled(
            {
                "name": re.sub(r"\s*\(ID \d+\)$", "", one.get(_HEAD, "")),
                "serial": said(one.get("Product Serial")) or said(one.get("Board Serial")),
                "chassis_type": said(one.get("Chassis Type")),
                "chassis_part_number": said(one.get("Chassis Part Number")),
                "chassis_serial": said(one.get("Chassis Serial")),
                "board_manufacturer": said(one.get("Board Mfg")),
                "board_product": said(one.get("Board Product")),
                "board_part_number": said(one.get("Board Part Number")),
                "board_serial": said(one.get("Board Serial")),
                "board_made_at": said(one.get("Board Mfg Date")),
                "product_manufacturer": said(one.get("Product Manufacturer")),
                "product_name": said(one.get("Product Name")),
                "product_part_number": said(one.get("Product Part Number")),
                "product_version": said(one.get("Product Version")),
                "asset_tag": said(one.get("Product Asset Tag")),
            },
            "name",
        )
    return rows


def power_supplies(text: str) -> Rows:
    """Return those parts that are power supplies."""
    rows: Rows = []
    for one in fru_parts(text):
        product = one.get("product_name") or one.get("board_product") or ""
        if not _SUPPLY.match(one["name"]) and not _SUPPLY.match(product):
            continue
        watts = _WATTS.search(product)
        rows += filled(
            {
                "name": one["name"],
                "index": sum(row["name"] == one["name"] for row in rows),
                "manufacturer": one.get("product_manufacturer") or one.get("board_manufacturer"),
                "model": product,
                "part_number": one.get("product_part_number") or one.get("board_part_number"),
                "serial": one.get("serial"),
                "power_max_w": int(watts[1]) if watts else None,
            }
        )
    return rows


def management_controller(text: str) -> Rows:
    """Return the network of the controller."""
    one = pairs(lines(text))
    if "IP Address Source" not in one and "Set in Progress" not in one:
        return []
    vlan = one.get("802.1q VLAN ID")
    return filled(
        {
            "type": "ipmi",
            "ip_address": address(one.get("IP Address")),
            "netmask": one.get("Subnet Mask"),
            "gateway": address(one.get("Default Gateway IP")),
            "mac_address": mac(one.get("MAC Address")),
            "address_source": said(one.get("IP Address Source")),
            "vlan": None if vlan == "Disabled" else vlan,
        }
    )


PARSER = Parser(
    "ipmitool fru print",
    {"fru_parts": fru_parts, "power_supplies": power_supplies, "management_controller": management_controller},
)
