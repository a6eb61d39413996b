"""`wmic ... get /format:list`: objects of Windows, one value a line; what they are is told by their properties."""

from __future__ import annotations

from itmsctl.inventory.parser import Parser
from itmsctl.inventory.parsers.wmi.devices import (
    graphics_cards,
    interface_addresses,
    memory_modules,
    network_interfaces,
    processors,
)
from itmsctl.inventory.parsers.wmi.storage import disks, encryption, filesystems
from itmsctl.inventory.parsers.wmi.system import (
    bios,
    hardware,
    identification,
    local_users,
    operating_system,
    virtual_machines,
)

PARSER = Parser(
    "wmic path CLASS get /format:list",
    {
        "operating_system": operating_system,
        "bios": bios,
        "hardware": hardware,
        "identification": identification,
        "processors": processors,
        "memory_modules": memory_modules,
        "disks": disks,
        "filesystems": filesystems,
        "encryption": encryption,
        "local_users": local_users,
        "graphics_cards": graphics_cards,
        "network_interfaces": network_interfaces,
        "interface_addresses": interface_addresses,
        "virtual_machines": virtual_machines,
    },
)
