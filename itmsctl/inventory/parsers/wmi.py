"""`wmic ... get /format:list`: objects of Windows, one value a line; what they are is told by their properties."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from itmsctl.inventory.captured import address, filled, lines, mac, mask_length, said, whole
from itmsctl.inventory.parser import Parser, Rows

_TIME = re.compile(r"(\d{14})\.\d{6}([+-]\d{3})")
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_LIST = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ARCHITECTURES = {"0": "x86", "5": "arm", "6": "ia64", "9": "x86_64", "12": "aarch64"}
_FORMS = {"8": "DIMM", "12": "SODIMM", "13": "SRIMM"}
_MEMORY = {"20": "DDR", "21": "DDR2", "24": "DDR3", "26": "DDR4", "34": "DDR5"}
_METHODS = {
    "1": "AES-128 with diffuser",
    "2": "AES-256 with diffuser",
    "3": "AES-128",
    "4": "AES-256",
    "6": "XTS-AES-128",
    "7": "XTS-AES-256",
}
_CONVERSION = {
    "0": "decrypted",
    "1": "encrypted",
    "2": "encrypting",
    "3": "decrypting",
    "4": "encryption paused",
    "5": "decryption paused",
}

Instance = dict[str, str]


def _instances(text: str, *keys: str) -> Iterator[Instance]:
    """Yield instances that have all these properties; a property that comes again begins the next one."""
    current: Instance = {}
    for line in lines(text):
        key, apart, value = line.partition("=")
        if not apart or not re.fullmatch(r"\w+", key):
            continue
        if key in current:
            if all(name in current for name in keys):
                yield current
            current = {}
        current[key] = value.strip().replace("&amp;", "&")
    if current and all(name in current for name in keys):
        yield current


def _when(text: str | None) -> datetime | None:
    found = _TIME.fullmatch(text or "")
    if found is None:
        return None
    try:
        zone = timezone(timedelta(minutes=int(found[2])))
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(text: str | None) -> str | None:
    found = _DAY.match(text or "")
    return f"{found[1]}-{found[2]}-{found[3]}" if found else None


def _truth(text: str | None) -> bool | None:
    return {"TRUE": True, "FALSE": False}.get((text or "").upper())


def _members(text: str | None) -> list[str]:
    """Return the members of `{"a","b"}`; a text without quotes is its own member."""
    plain = text or ""
    if plain.startswith("{"):
        return [one for one in _LIST.findall(plain) if one]
    return [plain] if plain else []


def operating_system(text: str) -> Rows:
    """Return the operating system (Win32_OperatingSystem)."""
    for one in _instances(text, "Caption", "BuildNumber", "ProductType", "WindowsDirectory"):
        return filled(
            {
                "name": said(one["Caption"]),
                "full_name": said(f"{one['Caption']} {one.get('CSDVersion', '')}"),
                "id": "windows",
                "version": one.get("Version"),
                "build": one["BuildNumber"],
                "service_pack": one.get("CSDVersion"),
                "architecture": said(one.get("OSArchitecture")),
                "installed_at": _when(one.get("InstallDate")),
                "booted_at": _when(one.get("LastBootUpTime")),
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
    for one in _instances(text, "SMBIOSBIOSVersion", "ReleaseDate"):
        version = said(one["SMBIOSBIOSVersion"]) or said(next(iter(_members(one.get("BIOSVersion"))), None))
        return filled(
            {"manufacturer": said(one.get("Manufacturer")), "version": version, "released_on": _day(one["ReleaseDate"])}
        )
    return []


def hardware(text: str) -> Rows:
    """Return maker and model (Win32_ComputerSystem)."""
    for one in _instances(text, "Manufacturer", "Model"):
        if "BankLabel" in one or "InterfaceType" in one or "MediaType" in one or "SMBIOSBIOSVersion" in one:
            continue
        memory = whole(one.get("TotalPhysicalMemory"))
        virtual = re.search(r"BOCHS|BXPC|VMware|Virtual|KVM|QEMU|Xen", f"{one['Manufacturer']} {one['Model']}")
        return filled(
            {
                "manufacturer": said(one["Manufacturer"]),
                "model": said(one["Model"]),
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
    for one in _instances(text, "DNSHostName", "Domain", "PartOfDomain"):
        kind = "active-directory" if _truth(one["PartOfDomain"]) else "workgroup"
        return filled({"host_name": one["DNSHostName"], "domain": one["Domain"], "domain_type": kind})
    return []


def processors(text: str) -> Rows:
    """Return processors (Win32_Processor)."""
    rows: Rows = []
    for one in _instances(text, "MaxClockSpeed", "DeviceID", "Name"):
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
    for one in _instances(text, "Capacity", "DeviceLocator", "FormFactor"):
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
                "is_removable": _truth(one.get("Removable")),
            }
        )
    return rows


def disks(text: str) -> Rows:
    """Return disks (Win32_DiskDrive, MSFT_PhysicalDisk, Win32_CDROMDrive)."""
    rows: Rows = []
    for one in _instances(text, "Model", "Size"):
        if "DeviceID" in one and "BusType" not in one:
            rows += _disk(one)
        elif "BusType" in one:
            rows += _physical(one)
    for one in _instances(text, "DriveIntegrity", "Drive"):
        rows += filled(
            {
                "name": one.get("Drive") or one.get("DeviceID"),
                "manufacturer": said((one.get("Manufacturer") or "").strip("()")),
                "model": said(one.get("Name") or one.get("Caption")),
                "type": "optical",
            }
        )
    return rows


def _disk(one: Instance) -> Rows:
    media = one.get("MediaType", "")
    removable = "Removable" in media or "External" in media
    return filled(
        {
            "name": one.get("DeviceID"),
            "manufacturer": said((one.get("Manufacturer") or "").strip("()"))
            if "tandard" not in one.get("Manufacturer", "")
            else None,
            "model": said(one["Model"]),
            "serial": said(one.get("SerialNumber")),
            "firmware": said(one.get("FirmwareRevision")),
            "size_bytes": whole(one["Size"]) or None,
            "type": "removable" if removable else "ssd" if re.search(r"NVMe|SSD", one["Model"]) else None,
            "interface": (one.get("InterfaceType") or "").lower(),
            "is_removable": removable or None,
            "description": said(media),
        },
        "name",
    )


_BUSES = {
    "1": "scsi",
    "3": "ata",
    "6": "fc",
    "7": "usb",
    "8": "raid",
    "9": "iscsi",
    "10": "sas",
    "11": "sata",
    "17": "nvme",
}


def _physical(one: Instance) -> Rows:
    return filled(
        {
            "name": rf"\\.\PHYSICALDRIVE{one['DeviceId']}"
            if one.get("DeviceId", "").isdecimal()
            else one.get("FriendlyName"),
            "manufacturer": said(one.get("Manufacturer")),
            "model": said(one["Model"]),
            "serial": said(one.get("SerialNumber")),
            "firmware": said(one.get("FirmwareVersion")),
            "size_bytes": whole(one["Size"]) or None,
            "type": {"3": "hdd", "4": "ssd"}.get(one.get("MediaType", "")),
            "interface": _BUSES.get(one.get("BusType", "")),
            "rotation_rpm": 0 if one.get("SpindleSpeed") == "0" else None,
        },
        "name",
    )


def filesystems(text: str) -> Rows:
    """Return drives (Win32_LogicalDisk, Win32_Volume)."""
    rows: Rows = []
    for one in _instances(text, "FileSystem"):
        total, free = whole(one.get("Size") or one.get("Capacity")), whole(one.get("FreeSpace"))
        place = one.get("DriveLetter") or one.get("Name") or one.get("DeviceID")
        kind = one.get("DriveType")
        if not one["FileSystem"] and not total:
            continue
        rows += filled(
            {
                "mount_point": place,
                "device": one.get("ProviderName") or one.get("DeviceID"),
                "type": one["FileSystem"],
                "label": one.get("VolumeName") or one.get("Label"),
                "serial": one.get("VolumeSerialNumber") or one.get("SerialNumber"),
                "size_bytes": total,
                "free_bytes": free,
                "used_bytes": total - free if total and free is not None else None,
                "is_remote": True if kind == "4" else None,
            },
            "mount_point",
        )
    return rows


def encryption(text: str) -> Rows:
    """Return how volumes are encrypted (Win32_EncryptableVolume)."""
    rows: Rows = []
    for one in _instances(text, "ProtectionStatus", "DeviceID"):
        rows += filled(
            {
                "volume": one.get("DriveLetter") or one["DeviceID"],
                "product": "BitLocker",
                "status": _CONVERSION.get(one.get("ConversionStatus", "")),
                "is_protected": one["ProtectionStatus"] == "1",
                "algorithm": _METHODS.get(one.get("EncryptionMethod", "")),
            }
        )
    return rows


def local_users(text: str) -> Rows:
    """Return accounts (Win32_UserAccount)."""
    rows: Rows = []
    for one in _instances(text, "SID", "LocalAccount", "Name"):
        expires = _truth(one.get("PasswordExpires"))
        rows += filled(
            {
                "name": one["Name"],
                "uid": one["SID"],
                "full_name": one.get("FullName"),
                "is_disabled": _truth(one.get("Disabled")),
                "is_locked": _truth(one.get("Lockout")),
                "is_admin": True if one["SID"].endswith("-500") else None,
                "has_password": None,
                "password_never_expires": None if expires is None else not expires,
            },
            "name",
        )
    return rows


def graphics_cards(text: str) -> Rows:
    """Return graphics cards (Win32_VideoController)."""
    rows: Rows = []
    for one in _instances(text, "AdapterRAM", "VideoProcessor"):
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
                "driver_at": _when((one.get("DriverDate") or "").replace("-000", "+000")),
                "resolution": f"{wide}x{high}" if wide and high else None,
            },
            "name",
        )
    return rows


def network_interfaces(text: str) -> Rows:
    """Return network adapters (Win32_NetworkAdapter, MSFT_NetAdapter, Win32_NetworkAdapterConfiguration)."""
    rows: Rows = []
    for one in _instances(text, "MACAddress"):
        is_configuration = "IPEnabled" in one
        speed = whole(one.get("Speed"))
        servers = [found for part in _members(one.get("DNSServerSearchOrder")) if (found := address(part))]
        gateway = next((found for part in _members(one.get("DefaultIPGateway")) if (found := address(part))), None)
        physical = _truth(one.get("PhysicalAdapter"))
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
                "is_dhcp": _truth(one.get("DHCPEnabled")),
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
    for one in _instances(text, "IPAddress", "IPSubnet", "Index"):
        masks = _members(one["IPSubnet"])
        for place, found in enumerate(_members(one["IPAddress"])):
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


def virtual_machines(text: str) -> Rows:
    """Return virtual machines of Hyper-V (MSVM_ComputerSystem)."""
    rows: Rows = []
    for one in _instances(text, "ElementName", "EnabledState", "OnTimeInMilliseconds"):
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
