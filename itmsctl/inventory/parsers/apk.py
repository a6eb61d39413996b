"""`apk info -v`, `apk list --installed`, and `/lib/apk/db/installed`: packages of Alpine."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import blocks, filled, whole
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(
    r"(?P<name>[^\s{}]+?)-(?P<version>\d[^\s-]*-r\d+)(?: (?P<arch>\S+) \{(?P<origin>[^}]*)\} \((?P<license>[^)]*)\).*)?"
)
_KEYS = {
    "P": "name", "V": "version", "A": "architecture", "T": "summary", "U": "url", "L": "license", "o": "source_package",
    "m": "publisher", "I": "size",
}  # fmt: skip


def software(text: str) -> Rows:
    """Return packages."""
    rows: Rows = []
    for block in blocks(text):
        said = {_KEYS[line[0]]: line[2:1000].strip() for line in block if line[1:2] == ":" and line[0] in _KEYS}
        if "name" in said and "version" in said:
            size = whole(said.pop("size", None))
            rows += filled({**said, "source": "apk", "size_bytes": size})
            continue
        for line in block:
            if found := _LINE.fullmatch(line[:1000].strip()):
                rows += filled(
                    {
                        "name": found["name"],
                        "version": found["version"],
                        "architecture": found["arch"],
                        "source": "apk",
                        "source_package": found["origin"],
                        "license": found["license"],
                    }
                )
    return rows


PARSER = Parser("cat /lib/apk/db/installed", {"software": software})
