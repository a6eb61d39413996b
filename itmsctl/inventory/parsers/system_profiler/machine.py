"""The machine, its operating system, memory and battery."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, mebibytes, whole
from itmsctl.inventory.captured import said as plain
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.system_profiler.tree import ReportNode, mhz, section, values

_SYSTEM = re.compile(r"(?P<name>Mac OS X(?: Server)?|OS X|macOS) (?P<version>\d[\d.]*) ?\((?P<build>[^)]+)\)")


_KERNEL = re.compile(r"(\S+) (\S+)")


def hardware(text: str) -> Rows:
    """Return the model, its processors and memory."""
    said = values(section(text, "Hardware"))
    model = said.get("Model Identifier") or said.get("Machine Model")
    chip = said.get("Chip") or said.get("Processor Name") or said.get("CPU Type") or ""
    name = said.get("Model Name") or said.get("Machine Name") or ""
    cores = said.get("Total Number Of Cores") or said.get("Total Number of Cores")
    return filled(
        {
            "manufacturer": "Apple" if model else None,
            "model": model,
            "family": name,
            "chassis_type": "Laptop" if "Book" in f"{name}{model}" else None,
            "architecture": "arm64"
            if "Apple" in chip
            else "powerpc"
            if "PowerPC" in chip
            else "x86_64"
            if "Intel" in chip
            else None,
            "processors": whole(
                said.get("Number Of Processors") or said.get("Number of Processors") or said.get("Number Of CPUs")
            ),
            "cores": whole(cores),
            "memory_mib": mebibytes(said.get("Memory"), ""),
        },
        "model",
    )


def identification(text: str) -> Rows:
    """Return serial number, UUID and name."""
    said = values(section(text, "Hardware"))
    software = values(section(text, "Software"))
    uuid = re.fullmatch(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", said.get("Hardware UUID", ""))
    return filled(
        {
            "serial": said.get("Serial Number (system)") or said.get("Serial Number"),
            "uuid": uuid[0].lower() if uuid else None,
            "host_name": software.get("Computer Name"),
        }
    )


def processors(text: str) -> Rows:
    """Return processors; macOS tells one line for all."""
    said = values(section(text, "Hardware"))
    model = said.get("Chip") or said.get("Processor Name") or said.get("CPU Type")
    count = min(
        whole(said.get("Number Of Processors") or said.get("Number of Processors") or said.get("Number Of CPUs")) or 1,
        64,
    )
    cores = whole(said.get("Total Number Of Cores") or said.get("Total Number of Cores"))
    if not model:
        return []
    row = {
        "model": model,
        "manufacturer": next((maker for maker in ("Apple", "Intel") if maker in model), None),
        "speed_mhz": mhz(said.get("Processor Speed") or said.get("CPU Speed")),
        "bus_mhz": mhz(said.get("Bus Speed")),
        "cores": cores // count if cores else None,
    }
    return [filled(row | {"index": index})[0] for index in range(count)]


def bios(text: str) -> Rows:
    """Return the firmware."""
    said = values(section(text, "Hardware"))
    version = said.get("Boot ROM Version") or said.get("System Firmware Version")
    smc = said.get("SMC Version (system)") or said.get("SMC Version")
    return filled({"manufacturer": "Apple", "version": version, "smc_version": smc}, "version")


def operating_system(text: str) -> Rows:
    """Return the operating system."""
    said = values(section(text, "Software"))
    found = _SYSTEM.match(said.get("System Version", ""))
    kernel = _KERNEL.match(said.get("Kernel Version", ""))
    if found is None:
        return []
    return filled(
        {
            "name": found["name"],
            "full_name": f"{found['name']} {found['version']}",
            "id": "macos",
            "version": found["version"],
            "build": found["build"],
            "kernel_name": kernel[1] if kernel else None,
            "kernel_version": kernel[2] if kernel else None,
            "is_server": True if "Server" in found["name"] else None,
        }
    )


def memory_modules(text: str) -> Rows:
    """Return memory modules and empty slots."""
    rows: Rows = []
    for node in section(text, "Memory").walk():
        said = node.values
        if "Size" not in said or "Status" not in said:
            continue
        number = mebibytes(said["Size"], "") if said["Size"] != "Empty" else None
        rows += filled(
            {
                "slot": node.name,
                "size_mib": number,
                "type": said.get("Type") if number else None,
                "speed_mhz": mhz(said.get("Speed")),
                "manufacturer": plain(said.get("Manufacturer")) if number else None,
                "part_number": plain(said.get("Part Number")) if number else None,
                "serial": plain(said.get("Serial Number")) if number else None,
            },
            "slot",
        )
    return rows


def system_battery(text: str) -> Rows:
    """Return the battery."""
    said = values(
        next(
            (node for node in section(text, "Power").walk() if node.name.startswith("Battery Info")), ReportNode("", 0)
        )
    )
    if "Cycle Count" not in said and "Device Name" not in said:
        return []
    charging = said.get("Charging") == "Yes"
    return filled(
        {
            "name": said.get("Device Name") or "battery",
            "manufacturer": said.get("Manufacturer"),
            "model": said.get("Device Name"),
            "serial": said.get("Serial Number"),
            "full_capacity_mah": whole(
                said.get("Full Charge Capacity (mAh)") or said.get("Full charge capacity (mAh)")
            ),
            "cycles": whole(said.get("Cycle Count") or said.get("Cycle count")),
            "charge_pct": whole(said.get("State of Charge (%)")),
            "state": "full" if said.get("Fully Charged") == "Yes" else "charging" if charging else None,
            "health": said.get("Condition"),
        }
    )
