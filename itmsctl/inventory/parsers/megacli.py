"""`MegaCli -PDlist -aALL`, `MegaCli -LDInfo -Lall -aALL`: disks and arrays behind RAID controllers of LSI and Dell."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import decimal_size, filled, lines, pairs, size, whole
from itmsctl.inventory.parser import Parser, Rows

_LEVELS = {"Primary-0": "0", "Primary-1": "1", "Primary-5": "5", "Primary-6": "6"}
_ADAPTER = re.compile(r"Adapter #?(\d{1,4})")


def raid_disks(text: str) -> Rows:
    """Return disks behind the controller."""
    rows: Rows = []
    adapter = _ADAPTER.search(text[:2000])
    for part in re.split(r"^(?=Enclosure Device ID:)", text, flags=re.MULTILINE)[1:]:
        one = pairs(lines(part))
        inquiry = one.get("Inquiry Data", "").split()
        state = one.get("Firmware state", "")
        rows += filled(
            {
                "controller": adapter[1] if adapter else None,
                "location": f"{one['Enclosure Device ID']}:{one.get('Slot Number', '')}",
                "model": " ".join(inquiry),
                "wwn": one.get("WWN"),
                "firmware": one.get("Device Firmware Level"),
                "size_bytes": decimal_size(one.get("Raw Size")),
                "interface": (one.get("PD Type") or "").lower(),
                "type": "ssd"
                if "Solid" in one.get("Media Type", "")
                else "hdd"
                if "Hard Disk" in one.get("Media Type", "")
                else None,
                "state": state.partition(",")[0],
                "media_errors": whole(one.get("Media Error Count")),
                "predictive_failures": whole(one.get("Predictive Failure Count")),
            },
            "location",
        )
    return rows


def raid_arrays(text: str) -> Rows:
    """Return arrays."""
    rows: Rows = []
    for part in re.split(r"^(?=Virtual Drive: \d)", text, flags=re.MULTILINE)[1:]:
        one = pairs(lines(part))
        if "RAID Level" not in one:
            continue
        rows += filled(
            {
                "name": f"{one['Virtual Drive'].partition(' ')[0]} {one.get('Name', '')}".strip(),
                "controller": "megaraid",
                "level": _LEVELS.get(one["RAID Level"].partition(",")[0]),
                "size_bytes": decimal_size(one.get("Size")),
                "state": one.get("State"),
                "chunk_kib": (size(one.get("Strip Size")) or 0) >> 10 or None,
            }
        )
    return rows


PARSER = Parser("MegaCli -PDlist -aALL", {"raid_disks": raid_disks, "raid_arrays": raid_arrays})
