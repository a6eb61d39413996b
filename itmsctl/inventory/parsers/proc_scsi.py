"""`/proc/scsi/scsi`: devices of old Linux kernels on SCSI."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_HOST = re.compile(r"Host: scsi(\d{1,6}) Channel: (\d{1,6}) Id: (\d{1,6}) Lun: (\d{1,6})")
_WHO = re.compile(r"\s+Vendor: (.*?)\s*Model: (.*?)\s*Rev: (.*)")
_TYPE = re.compile(r"\s+Type:\s+(\S+)")
_TYPES = {"CD-ROM": "optical", "Sequential-Access": "tape", "Direct-Access": None}


def disks(text: str) -> Rows:
    """Return disks, tapes and drives by their address; enclosures and processors of a bus are none."""
    found: list[dict[str, object]] = []
    for line in lines(text):
        if host := _HOST.match(line):
            place = ":".join(str(int(part)) for part in host.groups())
            found.append({"name": f"scsi{place}", "location": place, "interface": "scsi"})
        elif found and (who := _WHO.match(line)):
            found[-1] |= {"manufacturer": who[1].strip(), "model": who[2].strip(), "firmware": who[3].strip()}
        elif found and (kind := _TYPE.match(line)):
            found[-1] |= {"type": _TYPES.get(kind[1], "none")}
    return [row for one in found if one.get("type") != "none" for row in filled(one)]


PARSER = Parser("cat /proc/scsi/scsi", {"disks": disks})
