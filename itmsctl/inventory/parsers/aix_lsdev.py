"""`lsdev -Cc disk -F 'name:description'` of AIX: disks, tapes and drives by class of device."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(r"(?P<name>[a-z]+\d+):(?P<rest>.+)")
_TYPES = {"hdisk": "hdd", "pdisk": "hdd", "cd": "optical", "rmt": "tape", "fd": "floppy"}
_INTERFACES = (("sas", "SAS"), ("fc", "FC "), ("fc", "Fibre"), ("scsi", "SCSI"), ("ide", "IDE"))


def disks(text: str) -> Rows:
    """Return what holds data; devices of other classes are none."""
    rows: Rows = []
    for line in lines(text):
        found = _LINE.fullmatch(line.strip())
        kind = _TYPES.get(re.sub(r"\d+$", "", found["name"])) if found else None
        if found is None or kind is None:
            continue
        words = found["rest"].rpartition(":")[2].strip()
        interface = next((name for name, word in _INTERFACES if word in words), None)
        rows += filled({"name": found["name"], "type": kind, "interface": interface, "description": words})
    return rows


PARSER = Parser("lsdev -Cc disk -F name:description", {"disks": disks})
