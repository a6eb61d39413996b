"""Monitors, batteries, sound, cameras, keyboards, sensors, the TPM: small files of `/sys` and `/proc`."""

from __future__ import annotations

import re
from typing import Any

from itmsctl.inventory.captured import blocks, filled, said
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import UnreadError
from itmsctl.inventory.parsers import edid

_SOUND = re.compile(r"^ ?(\d{1,3}) \[[^\]]*\]: (.*?) - (.*)$", re.MULTILINE)
_SENSORS = {
    "temp": ("temperature", "°C", 1000.0),
    "fan": ("fan", "rpm", 1.0),
    "in": ("voltage", "V", 1000.0),
    "power": ("power", "W", 1e6),
}


def monitors(probe: Probe) -> Rows:
    """Return monitors that are connected, by their EDID."""
    rows: Rows = []
    for path in probe.files("/sys/class/drm/card*/edid"):
        try:
            data = probe.data(path, 4096)
        except UnreadError:
            continue
        port = path.split("/")[-2].partition("-")[2]
        rows += [{**row, "port": port} for row in edid.monitors(data.hex())[:1]]
    return rows


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None


def batteries(probe: Probe) -> Rows:
    """Return batteries of the computer itself."""
    rows: Rows = []
    for folder in probe.files("/sys/class/power_supply/*"):
        if probe.line(f"{folder}/type") != "Battery" or probe.line(f"{folder}/scope") == "Device":
            continue
        row: dict[str, Any] = {"name": folder.rpartition("/")[2]}
        for name, file in (
            ("manufacturer", "manufacturer"), ("model", "model_name"), ("serial", "serial_number"),
            ("chemistry", "technology"), ("state", "status"), ("health", "health"),
        ):  # fmt: skip
            row[name] = said(probe.line(f"{folder}/{file}"))
        for name, file in (
            ("design_voltage_mv", "voltage_min_design"), ("design_capacity_mwh", "energy_full_design"),
            ("full_capacity_mwh", "energy_full"), ("design_capacity_mah", "charge_full_design"),
            ("full_capacity_mah", "charge_full"),
        ):  # fmt: skip
            found = _number(probe.line(f"{folder}/{file}"))
            row[name] = found // 1000 if found else None
        row["cycles"] = _number(probe.line(f"{folder}/cycle_count")) or None
        row["charge_pct"] = _number(probe.line(f"{folder}/capacity"))
        rows += filled(row)
    return rows


def sound_cards(probe: Probe) -> Rows:
    """Return sound cards."""
    try:
        text = probe.text("/proc/asound/cards")
    except UnreadError:
        return []
    return [
        row
        for number, driver, name in _SOUND.findall(text)
        for row in filled({"name": name, "slot": number, "driver": driver})
    ]


def cameras(probe: Probe) -> Rows:
    """Return cameras."""
    found: dict[str, Rows] = {}
    for folder in probe.files("/sys/class/video4linux/video*"):
        name = probe.line(f"{folder}/name")
        place = probe.link(f"{folder}/device").rpartition("/")[2]
        found.setdefault(place, filled({"name": name, "location": place}, "name"))
    return [row for each in found.values() for row in each]


def input_devices(probe: Probe) -> Rows:
    """Return keyboards and mice."""
    try:
        text = probe.text("/proc/bus/input/devices")
    except UnreadError:
        return []
    rows: Rows = []
    for block in blocks(text):
        told = {line[:1] + line[3:].partition("=")[0]: line[3:].partition("=")[2].strip('"') for line in block}
        handlers = told.get("HHandlers", "").split()
        kind = "mouse" if any(one.startswith("mouse") for one in handlers) else None
        if "kbd" in handlers and "leds" in handlers:
            kind = "keyboard"
        rows += filled({"name": told.get("NName"), "location": told.get("PPhys"), "type": kind}, "name", "type")
    return rows


def sensors(probe: Probe) -> Rows:
    """Return sensors, each with what it says now."""
    rows: Rows = []
    for path in probe.files("/sys/class/hwmon/hwmon*/*_input"):
        folder, _, file = path.rpartition("/")
        kind = next((kind for start, kind in _SENSORS.items() if re.match(rf"{start}\d+_input$", file)), None)
        found = _number(probe.line(path))
        if kind is None or found is None:
            continue
        label = probe.line(path[: -len("input")] + "label") or file[: -len("_input")]
        name = f"{probe.line(f'{folder}/name')} {label}".strip()
        place = probe.link(f"{folder}/device").rpartition("/")[2]
        rows += filled(
            {"name": f"{name} {place}".strip(), "type": kind[0], "unit": kind[1], "value": round(found / kind[2], 3)}
        )
    return rows


def tpm(probe: Probe) -> Rows:
    """Return the trusted platform module."""
    folder = "/sys/class/tpm/tpm0"
    if not probe.has(folder):
        return []
    major = probe.line(f"{folder}/tpm_version_major")
    return filled(
        {
            "version": {"2": "2.0", "1": "1.2"}.get(major),
            "is_enabled": {"1": True, "0": False}.get(probe.line(f"{folder}/device/enabled")),
            "is_owned": {"1": True, "0": False}.get(probe.line(f"{folder}/device/owned")),
            "description": said(probe.line(f"{folder}/device/description")),
        },
        "version",
    )
