"""`iostat -En`: disks of Solaris."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, said
from itmsctl.inventory.parser import Parser, Rows

_HEAD = re.compile(r"(\S+)\s+Soft Errors:")
_WHO = re.compile(r"Vendor: (.*?)\s*Product: (.*?)\s*Revision: (.*?)\s*Serial No: ?(.*)")
_SIZE = re.compile(r"<(\d{1,18}) bytes>")


def disks(text: str) -> Rows:
    """Return disks and drives."""
    rows: Rows = []
    for line in lines(text):
        if head := _HEAD.match(line):
            rows.append({"name": head[1]})
        elif rows and (who := _WHO.match(line)):
            names = ("manufacturer", "model", "firmware", "serial")
            rows[-1] |= {name: text for name, text in zip(names, map(said, who.groups()), strict=True) if text}
            if "CD-ROM" in who[2] or "DVD" in who[2]:
                rows[-1]["type"] = "optical"
        elif rows and (found := _SIZE.search(line)) and int(found[1]):
            rows[-1]["size_bytes"] = int(found[1])
    return [row for one in rows for row in filled(one)]


PARSER = Parser("iostat -En", {"disks": disks})
