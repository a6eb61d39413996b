"""`lsattr -EOl DEVICE` of AIX: a heading and one line of values, of a processor or of memory."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows


def _said(text: str) -> dict[str, str]:
    kept = [line.strip() for line in lines(text) if line.strip()]
    if len(kept) < 2 or not kept[0].startswith("#"):
        return {}
    return dict(zip(kept[0][1:].split(":"), kept[1].split(":"), strict=False))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 16 else None


def processors(text: str) -> Rows:
    """Return the processor; its number is that of the device that was asked for."""
    said = _said(text)
    speed = _number(said.get("frequency"))
    if "frequency" not in said and "type" not in said:
        return []
    return filled(
        {
            "index": 0,
            "manufacturer": "IBM",
            "model": said.get("type"),
            "speed_mhz": speed // 1_000_000 if speed else None,
            "status": said.get("state"),
        }
    )


def hardware(text: str) -> Rows:
    """Return how much memory there is."""
    said = _said(text)
    size = _number(said.get("size")) or _number(said.get("goodsize"))
    return filled({"memory_mib": size}) if "goodsize" in said else []


PARSER = Parser("lsattr -EOl DEVICE", {"processors": processors, "hardware": hardware})
