"""Processors and memory modules."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, mebibytes, said, whole
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.dmidecode.machine import hardware
from itmsctl.inventory.parsers.dmidecode.structures import structures


def processors(text: str) -> Rows:
    """Return processors; an empty socket is none."""
    rows: Rows = []
    is_virtual = any(row.get("is_virtual") for row in hardware(text))
    for one in structures(text, 4):
        status = one.values.get("Status", "")
        if is_virtual and "Disabled" in status:
            continue  # what could be plugged in while the machine runs
        if "Unpopulated" in status or ("Type" in one.values and "Central" not in one.values["Type"]):
            continue
        signature = re.search(r"Family (\d+), Model (\d+), Stepping (\d+)", one.values.get("Signature", ""))
        rows += filled(
            {
                "slot": one.get("Socket Designation"),
                "index": len(rows),
                "manufacturer": one.get("Manufacturer", "Processor Manufacturer"),
                "model": one.get("Version", "Processor Version"),
                "family": one.get("Family"),
                "model_number": signature[2] if signature else None,
                "stepping": signature[3] if signature else None,
                "part_number": one.get("Part Number"),
                "serial": one.get("Serial Number"),
                "id": one.get("ID"),
                "speed_mhz": _mhz(one.get("Max Speed")) or _mhz(one.get("Current Speed")),
                "bus_mhz": _mhz(one.get("External Clock")),
                "cores": whole(one.get("Core Count")),
                "cores_enabled": whole(one.get("Core Enabled")),
                "threads": whole(one.get("Thread Count")),
                "status": said(status),
            }
        )
    return rows


def _mhz(text: str | None) -> int | None:
    number = whole(text)
    if not number:
        return None
    return number * 1000 if text and "GHz" in text else number


def memory_modules(text: str) -> Rows:
    """Return memory modules and empty slots; from old firmware what it calls memory module information."""
    correction = {one.get("Error Correction Type") for one in structures(text, 16)}
    arrays = [one for one in structures(text, 16) if one.values.get("Use") == "System Memory"]
    rows: Rows = []
    for one in structures(text, 17):
        size_text = one.values.get("Size", "")
        number = mebibytes(size_text) if "No Module" not in size_text else None
        rows += filled(
            {
                "slot": " ".join(filter(None, (said(one.values.get("Locator")),))) or f"slot {len(rows)}",
                "bank": one.get("Bank Locator"),
                "size_mib": number or None,
                "type": one.get("Type") if number else None,
                "form_factor": one.get("Form Factor"),
                "speed_mhz": _mhz(one.get("Speed")),
                "configured_mhz": _mhz(one.get("Configured Memory Speed", "Configured Clock Speed")),
                "manufacturer": one.get("Manufacturer") if number else None,
                "part_number": one.get("Part Number") if number else None,
                "serial": one.get("Serial Number") if number else None,
                "rank": whole(one.get("Rank")),
                "correction": next(iter(correction)) if len(correction) == 1 and arrays and number else None,
            }
        )
    if not any("size_mib" in row for row in rows):
        rows = _old_modules(text) or rows
    return _told_apart(rows)


def _old_modules(text: str) -> Rows:
    rows: Rows = []
    for one in structures(text, 6):
        installed = one.values.get("Installed Size") or one.values.get("Size") or ""
        found = mebibytes(installed) if re.match(r"\s*\d", installed) else None
        slot = one.get("Socket Designation", "Socket")
        rows += filled(
            {"slot": slot or f"slot {len(rows)}", "size_mib": found or None, "type": one.get("Type") if found else None}
        )
    return rows


def _told_apart(rows: Rows) -> Rows:
    """Return modules with slots of their own: firmware that names several alike is told apart by bank, then number."""
    slots = [row["slot"] for row in rows]
    for row in rows:
        if slots.count(row["slot"]) > 1 and row.get("bank"):
            row["slot"] = f"{row['bank']} {row['slot']}"
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["slot"]] = seen.get(row["slot"], 0) + 1
        if seen[row["slot"]] > 1:
            row["slot"] = f"{row['slot']} #{seen[row['slot']]}"
    return rows
