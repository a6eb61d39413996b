"""`machinfo` of HP-UX: the machine, its processors and the operating system."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, mebibytes, pairs, whole
from itmsctl.inventory.parser import Parser, Rows

_CPU = re.compile(r"\s+(\d{1,4}) (Intel.*?)(?: processors?)? \(([\d.]{1,8}) GHz(?:, ([\d.]{1,8}) MB)?\)")


def _said(text: str) -> dict[str, str]:
    found = pairs(lines(text))
    return found | {key: value for key, value in pairs(lines(text), "=").items() if key not in found}


def hardware(text: str) -> Rows:
    """Return model, processors and memory."""
    said = _said(text)
    model = said.get("Model", "").strip('"')
    return filled(
        {
            "manufacturer": "HP" if model else None,
            "model": model,
            "architecture": said.get("Machine"),
            "processors": _count(text, said),
            "memory_mib": mebibytes(said.get("Memory")),
        },
        "memory_mib",
    )


def _count(text: str, said: dict[str, str]) -> int | None:
    found = _CPU.search(text[:4000])
    return int(found[1]) if found else whole(said.get("Number of CPUs"))


def processors(text: str) -> Rows:
    """Return processors; HP-UX tells one line for all."""
    said = _said(text)
    count = min(_count(text, said) or 0, 1024)
    row: dict[str, object] = {"manufacturer": "Intel", "architecture": "ia64"}
    if found := _CPU.search(text[:4000]):
        row |= {
            "model": found[2],
            "speed_mhz": round(float(found[3]) * 1000) if found[3].count(".") < 2 and found[3] != "." else None,
        }
    else:
        model = re.search(r"processor model:\s+\d+\s+(\S.*)", text[:4000])
        row |= {"model": model[1].strip() if model else None, "speed_mhz": whole(said.get("Clock speed"))}
    return [filled(row | {"index": index})[0] for index in range(count)]


def identification(text: str) -> Rows:
    """Return name, serial number and ids."""
    said = _said(text)
    uuid = said.get("Machine ID number", "")
    return filled(
        {
            "host_name": said.get("Nodename"),
            "serial": said.get("Machine serial number"),
            "uuid": uuid if re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", uuid) else None,
            "host_id": said.get("ID Number"),
        }
    )


def operating_system(text: str) -> Rows:
    """Return the operating system."""
    said = _said(text)
    name, _, version = said.get("Release", "").partition(" ")
    if name != "HP-UX":
        return []
    return filled(
        {
            "name": name,
            "id": "hpux",
            "full_name": said.get("Release"),
            "version": version,
            "release": said.get("Version"),
            "architecture": said.get("Machine"),
        }
    )


def bios(text: str) -> Rows:
    """Return the firmware."""
    said = _said(text)
    version = said.get("Firmware revision")
    return filled({"manufacturer": "HP", "version": version, "revision": said.get("BMC firmware revision")}, "version")


PARSER = Parser(
    "machinfo",
    {
        "hardware": hardware,
        "processors": processors,
        "identification": identification,
        "operating_system": operating_system,
        "bios": bios,
    },
)
