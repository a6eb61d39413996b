"""The computer, its operating system, accounts and virtual machines."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, said, whole
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.wmi.listing import day, instances, members, truth, when


def operating_system(text: str) -> Rows:
    """Return the operating system (Win32_OperatingSystem)."""
    for one in instances(text, "Caption", "BuildNumber", "ProductType", "WindowsDirectory"):
        return filled(
            {
                "name": said(one["Caption"]),
                "full_name": said(f"{one['Caption']} {one.get('CSDVersion', '')}"),
                "id": "windows",
                "version": one.get("Version"),
                "build": one["BuildNumber"],
                "service_pack": one.get("CSDVersion"),
                "architecture": said(one.get("OSArchitecture")),
                "installed_at": when(one.get("InstallDate")),
                "booted_at": when(one.get("LastBootUpTime")),
                "is_server": one["ProductType"] in {"2", "3"},
                "product_id": one.get("SerialNumber"),
                "owner": one.get("RegisteredUser"),
                "organization": one.get("Organization"),
                "kernel_name": "Windows NT",
            }
        )
    return []


def bios(text: str) -> Rows:
    """Return the firmware (Win32_BIOS)."""
    for one in instances(text, "SMBIOSBIOSVersion", "ReleaseDate"):
        version = said(one["SMBIOSBIOSVersion"]) or said(next(iter(members(one.get("BIOSVersion"))), None))
        return filled(
            {"manufacturer": said(one.get("Manufacturer")), "version": version, "released_on": day(one["ReleaseDate"])}
        )
    return []


def hardware(text: str) -> Rows:
    """Return maker and model (Win32_ComputerSystem)."""
    for one in instances(text, "Manufacturer", "Model"):
        if "BankLabel" in one or "InterfaceType" in one or "MediaType" in one or "SMBIOSBIOSVersion" in one:
            continue
        memory = whole(one.get("TotalPhysicalMemory"))
        virtual = re.search(r"BOCHS|BXPC|VMware|Virtual|KVM|QEMU|Xen", f"{one['Manufacturer']} {one['Model']}")
        return filled(
            {
                "manufacturer": said(one["Manufacturer"]),
                "model": said(one["Model"]),
                "family": said(one.get("SystemFamily")),
                "sku": said(one.get("SystemSKUNumber")),
                "processors": whole(one.get("NumberOfProcessors")),
                "threads": whole(one.get("NumberOfLogicalProcessors")),
                "memory_mib": memory >> 20 if memory else None,
                "is_virtual": True if virtual else None,
            },
            "manufacturer",
        )
    return []


def identification(text: str) -> Rows:
    """Return names (Win32_ComputerSystem)."""
    for one in instances(text, "DNSHostName", "Domain", "PartOfDomain"):
        kind = "active-directory" if truth(one["PartOfDomain"]) else "workgroup"
        return filled({"host_name": one["DNSHostName"], "domain": one["Domain"], "domain_type": kind})
    return []


def local_users(text: str) -> Rows:
    """Return accounts (Win32_UserAccount)."""
    rows: Rows = []
    for one in instances(text, "SID", "LocalAccount", "Name"):
        expires = truth(one.get("PasswordExpires"))
        rows += filled(
            {
                "name": one["Name"],
                "uid": one["SID"],
                "full_name": one.get("FullName"),
                "is_disabled": truth(one.get("Disabled")),
                "is_locked": truth(one.get("Lockout")),
                "is_admin": True if one["SID"].endswith("-500") else None,
                "has_password": None,
                "password_never_expires": None if expires is None else not expires,
            },
            "name",
        )
    return rows


def virtual_machines(text: str) -> Rows:
    """Return virtual machines of Hyper-V (MSVM_ComputerSystem)."""
    rows: Rows = []
    for one in instances(text, "ElementName", "EnabledState", "OnTimeInMilliseconds"):
        if one.get("Caption", "").startswith("Hosting") or not re.fullmatch(
            r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", one.get("Name", "")
        ):
            continue
        states = {"2": "running", "3": "shutdown", "32768": "paused", "32769": "saved", "9": "paused"}
        rows += filled(
            {
                "name": one["ElementName"],
                "uuid": one["Name"].lower(),
                "hypervisor": "hyperv",
                "type": "machine",
                "state": states.get(one["EnabledState"]),
            }
        )
    return rows
