"""Files of other tools, made for tests: small, and of computers that are told apart by what the test says."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OLD_S = 3600  # so old is a file of an inbox that nobody writes any more


def uuid_of(number: int) -> str:
    """Return a hardware UUID that is no placeholder."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{number}.example"))


def facts(name: str = "pc1", *, of: int | None = None, **more: Any) -> bytes:
    """Return what `facter --json` says of a computer; `of` gives it a UUID and a serial number of its own."""
    dmi: dict[str, Any] = {"manufacturer": "Dell Inc.", "product": {"name": "OptiPlex 7080"}}
    if of is not None:
        dmi["product"] |= {"uuid": uuid_of(of), "serial_number": f"SER{of:05}"}
    said = {
        "facterversion": "4.2.0",
        "kernel": "Linux",
        "dmi": dmi,
        "networking": {
            "hostname": name,
            "fqdn": f"{name}.example.com",
            "interfaces": {"eth0": {"ip": "10.1.2.3", "bindings": [{"address": "10.1.2.3"}]}},
        },
        "os": {"family": "Debian", "name": "Debian", "release": {"full": "12.1", "major": "12"}},
    }
    return json.dumps(said | more).encode()


def xml(name: str = "pc1", *, softwares: Mapping[str, str] | None = None, extra: str = "", serial: str = "S1") -> bytes:
    """Return what a FusionInventory agent says of a computer."""
    listed = "".join(
        f"<SOFTWARES><NAME>{one}</NAME><VERSION>{version}</VERSION></SOFTWARES>"
        for one, version in (softwares or {"bash": "5.2"}).items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" ?><REQUEST><CONTENT>'
        f"<BIOS><SSN>{serial}</SSN></BIOS><HARDWARE><NAME>{name}</NAME><OSNAME>Debian</OSNAME></HARDWARE>"
        f"{listed}{extra}<VERSIONCLIENT>FusionInventory-Agent_v2.6</VERSIONCLIENT></CONTENT>"
        f"<DEVICEID>{name}-2026-01-01-00-00-00</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>"
    ).encode()


def put(folder: Path, name: str, data: bytes, *, age_s: float = OLD_S) -> Path:
    """Put a file into a folder, as if it had been written so long ago."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    aged(path, age_s)
    return path


def aged(path: Path, age_s: float, *, now: float | None = None) -> None:
    """Give a file the age that it would have in a test's frozen time."""
    moment = (1767603600.0 if now is None else now) - age_s  # tests.conftest.START
    os.utime(path, (moment, moment))


def truly_aged(path: Path, age_s: float) -> None:
    """Give a file an age as the clock of this machine counts."""
    aged(path, age_s, now=time.time())
