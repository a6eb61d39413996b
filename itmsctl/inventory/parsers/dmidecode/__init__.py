"""`dmidecode`: what the firmware tells of the machine (SMBIOS)."""

from __future__ import annotations

from itmsctl.inventory.parser import Parser
from itmsctl.inventory.parsers.dmidecode.machine import bios, hardware, identification, tpm
from itmsctl.inventory.parsers.dmidecode.outside import ports, power_supplies, slots, system_battery
from itmsctl.inventory.parsers.dmidecode.parts import memory_modules, processors

PARSER = Parser(
    "dmidecode",
    {
        "bios": bios,
        "hardware": hardware,
        "identification": identification,
        "processors": processors,
        "memory_modules": memory_modules,
        "slots": slots,
        "ports": ports,
        "system_battery": system_battery,
        "power_supplies": power_supplies,
        "tpm": tpm,
    },
)
