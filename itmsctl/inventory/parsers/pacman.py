"""`pacman -Qi`, `pacman -Q`: packages of Arch Linux."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import blocks, filled, lines, moment, pairs, size
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(r"(\S+) (\d\S*)")
_FORMS = ("%a %d %b %Y %I:%M:%S %p %Z", "%a %b %d %H:%M:%S %Y", "%a %d %b %Y %H:%M:%S %Z")


def software(text: str) -> Rows:
    """Return packages."""
    rows: Rows = []
    for block in blocks(text):
        said = pairs(line[:1000] for line in block)
        if "Name" not in said or "Version" not in said:
            continue
        rows += filled(
            {
                "name": said["Name"],
                "version": said["Version"],
                "architecture": said.get("Architecture"),
                "source": "pacman",
                "publisher": said.get("Packager"),
                "summary": said.get("Description"),
                "license": said.get("Licenses"),
                "url": said.get("URL"),
                "size_bytes": size(said.get("Installed Size")),
                "installed_at": moment(said.get("Install Date"), *_FORMS),
                "is_manual": said.get("Install Reason", "").startswith("Explicitly")
                if "Install Reason" in said
                else None,
            }
        )
    return rows or _short(text)


def _short(text: str) -> Rows:
    found = (_LINE.fullmatch(line.strip()) for line in lines(text))
    return [row for one in found if one for row in filled({"name": one[1], "version": one[2], "source": "pacman"})]


PARSER = Parser("pacman -Qi", {"software": software})
