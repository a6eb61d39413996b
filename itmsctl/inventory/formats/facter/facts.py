"""Facts by the names of Facter 3 and later; those that older versions tell flat are found under these names too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from itmsctl.inventory.json_values import member, objects_by_name
from itmsctl.inventory.taking import Found, plain

_FLAT = {
    "networking.hostname": "hostname", "networking.fqdn": "fqdn", "networking.domain": "domain",
    "dmi.manufacturer": "manufacturer", "dmi.product.name": "productname",
    "dmi.product.serial_number": "serialnumber", "dmi.product.uuid": "uuid", "dmi.bios.vendor": "bios_vendor",
    "dmi.bios.version": "bios_version", "dmi.bios.release_date": "bios_release_date",
    "dmi.board.manufacturer": "boardmanufacturer", "dmi.board.product": "boardproductname",
    "dmi.board.serial_number": "boardserialnumber", "dmi.board.asset_tag": "boardassettag",
    "dmi.chassis.type": "type", "dmi.chassis.asset_tag": "chassisassettag",
    "os.name": "operatingsystem", "os.release.full": "operatingsystemrelease", "os.family": "osfamily",
    "os.hardware": "hardwaremodel", "os.architecture": "architecture", "os.distro.codename": "lsbdistcodename",
    "os.distro.description": "lsbdistdescription", "os.distro.id": "lsbdistid",
    "os.macosx.product": "macosx_productname", "os.macosx.version.full": "macosx_productversion",
    "os.macosx.build": "macosx_buildversion",
    "processors.count": "processorcount", "processors.physicalcount": "physicalprocessorcount",
    "processors.isa": "hardwareisa", "memory.system.total": "memorysize", "memory.swap.total": "swapsize",
    "system_uptime.seconds": "uptime_seconds", "os.selinux.current_mode": "selinux_current_mode",
    "os.selinux.enabled": "selinux",
}  # fmt: skip
_INTERFACE = (
    ("ip", "ipaddress_"), ("netmask", "netmask_"), ("ip6", "ipaddress6_"), ("netmask6", "netmask6_"),
    ("mac", "macaddress_"), ("mtu", "mtu_"),
)  # fmt: skip
_PROCESSOR = re.compile(r"processor([0-9]{1,4})")
_NAMES = 4096


class FacterFacts:
    """The facts of a computer."""

    def __init__(self, found: Found) -> None:
        self.found = found

    def at(self, path: str) -> Any:
        """Return the fact of a path such as `os.release.full`, from its old name too; None where there is none."""
        value = member(self.found, *path.split("."))
        return self.found.get(_FLAT.get(path, "")) if value is None or isinstance(value, Mapping) else value

    def map(self, path: str) -> Found:
        """Return a fact that holds others; one that an old version wrote as JSON in a text is read."""
        value = member(self.found, *path.split("."))
        if isinstance(value, str) and value.startswith("{") and len(value) < 1 << 20:
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return {}
        return value if isinstance(value, Mapping) else {}

    def interfaces(self) -> Iterator[tuple[str, Found]]:
        """Yield interfaces by name."""
        structured = self.map("networking.interfaces")
        yield from objects_by_name(structured)
        if structured:
            return
        for name in (plain(self.found.get("interfaces")) or "").split(",")[:_NAMES]:
            flat = name.strip().translate(str.maketrans(".:-", "___"))
            yield name.strip(), {key: self.found.get(f"{prefix}{flat}") for key, prefix in _INTERFACE}

    def disks(self) -> Iterator[tuple[str, Found]]:
        """Yield disks by name."""
        structured = self.map("disks")
        yield from objects_by_name(structured)
        if structured:
            return
        for name in (plain(self.found.get("blockdevices")) or "").split(",")[:_NAMES]:
            of = f"blockdevice_{name.strip()}_"
            yield (
                name.strip(),
                {
                    "size_bytes": self.found.get(f"{of}size"),
                    "model": self.found.get(f"{of}model"),
                    "vendor": self.found.get(f"{of}vendor"),
                },
            )

    def models(self) -> list[str]:
        """Return the models of processors, one for each thread or one for each socket."""
        told = self.map("processors").get("models")
        if isinstance(told, list):
            return [text for text in map(plain, told) if text]
        numbered = {
            int(found[1]): plain(value) for name, value in self.found.items() if (found := _PROCESSOR.fullmatch(name))
        }
        return [text for _, text in sorted(numbered.items()) if text]

    def is_virtual(self) -> bool | None:
        """Return whether the computer is a virtual machine."""
        said = self.found.get("is_virtual")
        if isinstance(said, bool):
            return said
        return {"true": True, "false": False}.get(str(said).lower())
