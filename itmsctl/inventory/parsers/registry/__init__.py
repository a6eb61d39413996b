"""Exports of the registry of Windows (`reg export`): installed programs, patches, processors, devices, firewall."""

from __future__ import annotations

from itmsctl.inventory.parser import Parser
from itmsctl.inventory.parsers.registry.applications import licenses, server_applications
from itmsctl.inventory.parsers.registry.devices import graphics_cards, printers, usb_devices
from itmsctl.inventory.parsers.registry.machine import firewall, last_logon, processors
from itmsctl.inventory.parsers.registry.programs import patches, software

PARSER = Parser(
    "reg export KEY",
    {
        "software": software,
        "patches": patches,
        "processors": processors,
        "firewall": firewall,
        "last_logon": last_logon,
        "usb_devices": usb_devices,
        "printers": printers,
        "graphics_cards": graphics_cards,
        "server_applications": server_applications,
        "licenses": licenses,
    },
)
