"""Processors, memory, graphics cards and network adapters."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import address, filled, mac, mask_length, said, whole
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.wmi.listing import instances, members, truth, when

_ARCHITECTURES = {"0": "x86", "5": "arm", "6": "ia64", "9": "x86_64", "12": "aarch64"}


_FORMS = {"8": "DIMM", "12": "SODIMM", "13": "SRIMM"}


_MEMORY = {"20": "DDR", "21": "DDR2", "24": "DDR3", "26": "DDR4", "34": "DDR5"}


def processors(text: str) -> Rows:
    """Return processors (Win32_Processor)."""
    rows: Rows = []
    for one in instances(text, "MaxClockSpeed", "DeviceID", "Name"):
        words = re.search(r"Family (\d+) Model (\d+) Stepping (\d+)", one.get("Caption", ""))
        cache = whole(one.get("L3CacheSize")) or whole(one.get("L2CacheSize"))
        rows += filled(
            {
                "slot": said(one.get("SocketDesignation")) or one["DeviceID"],
                "index": len(rows),
                "manufacturer": said(one.get("Manufacturer")),
                "model": said(one["Name"]),
                "architecture": _ARCHITECTURES.get(one.get("Architecture", "")),
                "family": words[1] if words else None,
                "model_number": words[2] if words else None,
                "stepping": words[3] if words else None,
                "id": said(one.get("ProcessorId")),
                "serial": said(one.get("SerialNumber")),
                "speed_mhz": whole(one["MaxClockSpeed"]),
                "bus_mhz": whole(one.get("ExtClock")),
                "cores": whole(one.get("NumberOfCores")),
                "threads": whole(one.get("NumberOfLogicalProcessors")),
                "cache_kib": cache or None,
            }
        )
    return rows


def memory_modules(text: str) -> Rows:
    """Return memory modules (Win32_PhysicalMemory)."""
    rows: Rows = []
    for one in instances(text, "Capacity", "DeviceLocator", "FormFactor"):
        number = whole(one["Capacity"])
        rows += filled(
            {
                "slot": said(one["DeviceLocator"]) or one.get("Tag"),
                "bank": said(one.get("BankLabel")),
                "size_mib": number >> 20 if number else None,
                "type": _MEMORY.get(one.get("SMBIOSMemoryType") or one.get("MemoryType") or ""),
                "form_factor": _FORMS.get(one["FormFactor"]),
                "speed_mhz": whole(one.get("Speed")),
                "manufacturer": said(one.get("Manufacturer")),
                "part_number": said(one.get("PartNumber")),
                "serial": said(one.get("SerialNumber")),
                "is_removable": truth(one.get("Removable")),
            }
        )
    return rows


def graphics_cards(text: str) -> Rows:
    """Return graphics cards (Win32_VideoController)."""
    rows: Rows = []
    for one in instances(text, "AdapterRAM", "VideoProcessor"):
        memory = whole(one["AdapterRAM"])
        wide, high = whole(one.get("CurrentHorizontalResolution")), whole(one.get("CurrentVerticalResolution"))
        rows += filled(
            {
                "name": said(one.get("Name") or one.get("Caption")),
                "slot": one.get("PNPDeviceID"),
                "manufacturer": said(one.get("AdapterCompatibility")),
                "chipset": said(one["VideoProcessor"]),
                "memory_mib": memory >> 20 if memory and memory > 0 else None,
                "driver_version": said(one.get("DriverVersion")),
                "driver_at": when((one.get("DriverDate") or "").replace("-000", "+000")),
                "resolution": f"{wide}x{high}" if wide and high else None,
            },
            "name",
        )
    return rows


def network_interfaces(text: str) -> Rows:
    """Return network adapters (Win32_NetworkAdapter, MSFT_NetAdapter, Win32_NetworkAdapterConfiguration)."""
    rows: Rows = []
    for one in instances(text, "MACAddress"):
        is_configuration = "IPEnabled" in one
        speed = whole(one.get("Speed"))
        servers = [found for part in members(one.get("DNSServerSearchOrder")) if (found := address(part))]
        gateway = next((found for part in members(one.get("DefaultIPGateway")) if (found := address(part))), None)
        physical = truth(one.get("PhysicalAdapter"))
        rows += filled(
            {
                "name": f"{one.get('Index') or one.get('DeviceID')}: {one.get('Description') or one.get('Name')}",
                "description": said(one.get("NetConnectionID")) or said(one.get("Description") or one.get("Name")),
                "manufacturer": None if is_configuration else said(one.get("Manufacturer")),
                "mac_address": mac(one["MACAddress"]),
                "speed_mbps": speed // 1_000_000 if speed and speed < 10**13 else None,
                "state": {"2": "up", "7": "down", "0": "down"}.get(one.get("NetConnectionStatus", "")),
                "mtu": whole(one.get("MTU")),
                "is_virtual": None if physical is None else not physical,
                "is_dhcp": truth(one.get("DHCPEnabled")),
                "dhcp_server": address(one.get("DHCPServer")),
                "gateway": gateway,
                "dns_servers": servers,
                "dns_suffix": one.get("DNSDomain"),
                "pnp_id": one.get("PNPDeviceID"),
                "driver": one.get("ServiceName"),
            },
            "name",
        )
    return rows


def interface_addresses(text: str) -> Rows:
    """Return addresses (Win32_NetworkAdapterConfiguration)."""
    rows: Rows = []
    for one in instances(text, "IPAddress", "IPSubnet", "Index"):
        masks = members(one["IPSubnet"])
        for place, found in enumerate(members(one["IPAddress"])):
            mask = masks[place] if place < len(masks) else ""
            rows += filled(
                {
                    "interface": f"{one['Index']}: {one.get('Description')}",
                    "address": address(found),
                    "prefix_length": mask_length(mask) if "." in mask else whole(mask),
                    "netmask": mask if "." in mask else None,
                },
                "address",
            )
    return rows
