"""Store apps of Windows, as a list of `KEY: value` that a PowerShell script writes."""

from __future__ import annotations

from datetime import datetime

from itmsctl.inventory.captured import blocks, filled, moment, pairs
from itmsctl.inventory.parser import Parser, Rows


def software(text: str) -> Rows:
    """Return apps."""
    rows: Rows = []
    for block in blocks(text):
        one = pairs(line[:2000] for line in block)
        if "NAME" not in one or "PUBID" not in one:
            continue
        rows += filled(
            {
                "name": one["NAME"],
                "version": one.get("VERSION"),
                "architecture": one.get("ARCH"),
                "source": "store",
                "publisher": one.get("PUBLISHER"),
                "summary": one.get("COMMENTS"),
                "path": one.get("FOLDER"),
                "product_id": one["PUBID"],
                "installed_at": _when(one.get("INSTALLDATE")),
                "is_system": True if one.get("SYSTEM_CATEGORY") == "system" else None,
            },
            "name",
        )
    return rows


def _when(text: str | None) -> datetime | None:
    """Return a time whose day and month cannot be taken for each other; the script writes both orders."""
    first, other = moment(text, "%d/%m/%Y %H:%M:%S %z"), moment(text, "%m/%d/%Y %H:%M:%S %z")
    return first if first == other or other is None else None if first else other


PARSER = Parser("powershell -Command Get-AppxPackage", {"software": software})
