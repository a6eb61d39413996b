"""Slots, connectors, batteries and power supplies."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, whole
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.dmidecode.structures import day, structures


def slots(text: str) -> Rows:
    """Return slots for cards."""
    return _told_apart_by(
        [
            row
            for one in structures(text, 9)
            for row in filled(
                {
                    "name": one.get("Designation", "Slot"),
                    "type": one.get("Type"),
                    "usage": one.get("Current Usage", "Status"),
                    "length": one.get("Length"),
                    "id": one.get("ID", "Slot ID"),
                    "bus_address": one.get("Bus Address"),
                    "characteristics": one.lists.get("Characteristics"),
                },
                "name",
            )
        ]
    )


def _told_apart_by(rows: Rows) -> Rows:
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["name"]] = seen.get(row["name"], 0) + 1
        if seen[row["name"]] > 1:
            row["name"] = f"{row['name']} #{seen[row['name']]}"
    return rows


def ports(text: str) -> Rows:
    """Return connectors."""
    rows: Rows = []
    for one in structures(text, 8):
        inside, outside = one.get("Internal Reference Designator"), one.get("External Reference Designator")
        name = outside or inside
        rows += filled(
            {
                "name": name,
                "index": sum(row["name"] == name for row in rows),
                "type": one.get("Port Type"),
                "connector": one.get("External Connector Type"),
                "internal": inside,
            },
            "name",
        )
    return rows


def system_battery(text: str) -> Rows:
    """Return batteries."""
    rows: Rows = []
    for one in structures(text, 22):
        capacity = one.get("Design Capacity")
        rows += filled(
            {
                "name": one.get("Name", "Location") or f"battery {len(rows)}",
                "manufacturer": one.get("Manufacturer"),
                "serial": one.get("Serial Number", "SBDS Serial Number"),
                "chemistry": one.get("Chemistry", "SBDS Chemistry"),
                "manufactured_at": day(one.get("Manufacture Date", "SBDS Manufacture Date")),
                "design_voltage_mv": whole(one.get("Design Voltage")),
                "design_capacity_mwh": whole(capacity) if capacity and "mWh" in capacity else None,
                "design_capacity_mah": whole(capacity) if capacity and "mAh" in capacity else None,
            }
        )
    return rows


def power_supplies(text: str) -> Rows:
    """Return power supplies."""
    rows: Rows = []
    for one in structures(text, 39):
        name = one.get("Name") or "power supply"
        status = one.get("Status")
        power = one.get("Max Power Capacity")
        plugged, hot = one.values.get("Plugged"), one.values.get("Hot Replaceable")
        rows += filled(
            {
                "name": name,
                "index": sum(row["name"] == name for row in rows),
                "manufacturer": one.get("Manufacturer"),
                "model": one.get("Model", "Name"),
                "part_number": one.get("Model Part Number"),
                "serial": one.get("Serial Number"),
                "asset_tag": one.get("Asset Tag"),
                "location": one.get("Location"),
                "power_max_w": whole(power) if power and "W" in power and "mW" not in power else None,
                "status": status,
                "is_hot_replaceable": None if hot is None else hot == "Yes",
                "is_plugged": None if plugged is None else plugged == "Yes",
            }
        )
    return rows
