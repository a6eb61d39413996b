"""`powercfg /batteryreport /xml`: batteries of Windows."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, said, whole
from itmsctl.inventory.markup import xml_of
from itmsctl.inventory.parser import Parser, Rows


def system_battery(text: str) -> Rows:
    """Return batteries."""
    report = xml_of(re.sub(r"<\?xml[^>]*\?>", "", text, count=2))
    rows: Rows = []
    for one in report.iter() if report is not None else ():
        if not isinstance(one.tag, str) or one.tag.rpartition("}")[2] != "Battery":
            continue
        values = {part.tag.rpartition("}")[2]: (part.text or "") for part in one if isinstance(part.tag, str)}
        rows += filled(
            {
                "name": said(values.get("Id")) or f"battery {len(rows)}",
                "manufacturer": said(values.get("Manufacturer")),
                "serial": said(values.get("SerialNumber")),
                "chemistry": said(values.get("Chemistry")),
                "manufactured_at": said(values.get("ManufactureDate")),
                "design_capacity_mwh": whole(values.get("DesignCapacity")),
                "full_capacity_mwh": whole(values.get("FullChargeCapacity")),
                "cycles": whole(values.get("CycleCount")),
            },
            "design_capacity_mwh",
        )
    return rows


PARSER = Parser("powercfg /batteryreport /xml", {"system_battery": system_battery})
