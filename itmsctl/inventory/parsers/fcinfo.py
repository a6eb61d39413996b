"""`fcinfo hba-port`: ports of fibre channel on Solaris."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, pairs, whole
from itmsctl.inventory.parser import Parser, Rows


def storage_adapters(text: str) -> Rows:
    """Return ports."""
    rows: Rows = []
    for part in re.split(r"^(?=HBA Port WWN:)", text, flags=re.MULTILINE):
        one = pairs(lines(part))
        speed = whole(one.get("Current Speed"))
        rows += filled(
            {
                "name": one.get("OS Device Name"),
                "type": "fc",
                "manufacturer": one.get("Manufacturer"),
                "model": one.get("Model"),
                "serial": one.get("Serial Number"),
                "firmware": one.get("Firmware Version"),
                "driver": one.get("Driver Name"),
                "driver_version": one.get("Driver Version"),
                "wwpn": one.get("HBA Port WWN"),
                "wwnn": one.get("Node WWN"),
                "speed_mbps": speed * 1000 if speed else None,
                "state": one.get("State"),
            },
            "name",
        )
    return rows


PARSER = Parser("fcinfo hba-port", {"storage_adapters": storage_adapters})
