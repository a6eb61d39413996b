"""`system_profiler`, as text and as property list (`-xml`): hardware, system, software, disks and more of macOS."""

from __future__ import annotations

from itmsctl.inventory.parser import Parser
from itmsctl.inventory.parsers.system_profiler.apps import software
from itmsctl.inventory.parsers.system_profiler.devices import disks, graphics_cards, network_interfaces, usb_devices
from itmsctl.inventory.parsers.system_profiler.machine import (
    bios,
    hardware,
    identification,
    memory_modules,
    operating_system,
    processors,
    system_battery,
)

PARSER = Parser(
    "system_profiler",
    {
        "hardware": hardware,
        "identification": identification,
        "processors": processors,
        "bios": bios,
        "operating_system": operating_system,
        "memory_modules": memory_modules,
        "software": software,
        "usb_devices": usb_devices,
        "disks": disks,
        "system_battery": system_battery,
        "network_interfaces": network_interfaces,
        "graphics_cards": graphics_cards,
    },
)
