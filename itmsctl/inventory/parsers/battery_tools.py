"""`upower -i DEVICE` of Linux and `acpiconf -i 0` of FreeBSD: batteries."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, pairs, said, whole
from itmsctl.inventory.parser import Parser, Rows

_NUMBER = re.compile(r"(\d{1,9}(?:[.,]\d{1,6})?) ?(m?)([A-Z][a-z]?)")


def _thousandths(text: str | None) -> int | None:
    """Return milliwatt hours or millivolts: `39,264 Wh` is 39264."""
    found = _NUMBER.match(text or "")
    if found is None:
        return None
    return round(float(found[1].replace(",", ".")) * (1 if found[2] else 1000))


def system_battery(text: str) -> Rows:
    """Return the battery; a device of another kind is none."""
    one = pairs(lines(text))
    if "energy-full-design" in one or "energy-full" in one:
        return _upower(one)
    return _acpiconf(one) if "Design capacity" in one else []


def _upower(one: dict[str, str]) -> Rows:
    return filled(
        {
            "name": one.get("native-path"),
            "manufacturer": said(one.get("vendor")),
            "model": said(one.get("model")),
            "serial": said(one.get("serial")),
            "chemistry": said(one.get("technology")),
            "design_capacity_mwh": _thousandths(one.get("energy-full-design")),
            "full_capacity_mwh": _thousandths(one.get("energy-full")),
            "cycles": whole(one.get("charge-cycles")),
            "charge_pct": whole(one.get("percentage")),
            "state": said(one.get("state")),
        },
        "name",
    )


def _acpiconf(one: dict[str, str]) -> Rows:
    design, full = one.get("Design capacity", ""), one.get("Last full capacity", "")
    unit = "mah" if "mAh" in design else "mwh"
    return filled(
        {
            "name": said(one.get("Model number")) or "battery",
            "manufacturer": said(one.get("OEM info")),
            "model": said(one.get("Model number")),
            "serial": said(one.get("Serial number")),
            "chemistry": said(one.get("Type")),
            "design_voltage_mv": whole(one.get("Design voltage")),
            f"design_capacity_{unit}": whole(design),
            f"full_capacity_{unit}": whole(full),
            "charge_pct": whole(one.get("Remaining capacity")),
            "state": said(one.get("State")),
        }
    )


PARSER = Parser("upower -i DEVICE", {"system_battery": system_battery})
