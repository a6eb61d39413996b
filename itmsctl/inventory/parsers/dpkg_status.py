"""`/var/lib/dpkg/status`: packages of Debian and Ubuntu, as `dpkg-query` tells them, without running it."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled
from itmsctl.inventory.parser import Parser, Rows

_FIELDS = {
    "Package": "name", "Version": "version", "Architecture": "architecture", "Status": "status",
    "Installed-Size": "size",
    "Section": "section", "Source": "source_package", "Maintainer": "publisher", "Homepage": "url",
    "Description": "summary",
}  # fmt: skip
_LINE = re.compile(f"^({'|'.join(_FIELDS)}): ?(.{{0,4000}})", re.MULTILINE)
_GONE = frozenset({"not-installed", "config-files", ""})


def software(text: str) -> Rows:
    """Return packages that are there; one of which only the configuration is left is none."""
    rows: Rows = []
    for block in text.split("\n\n"):
        one = {_FIELDS[key]: value.strip() for key, value in _LINE.findall(block)}
        want, _, rest = one.get("status", "").partition(" ")
        state = rest.rpartition(" ")[2]
        if state in _GONE:
            continue
        size = one.pop("size", "")
        one["status"] = "hold" if want == "hold" else state
        one["source_package"] = one.get("source_package", one.get("name", "")).partition(" ")[0]
        number = int(size) * 1024 if size.isdigit() and len(size) < 15 else None
        rows += filled({**one, "source": "dpkg", "size_bytes": number}, "name", "version")
    return rows


PARSER = Parser("cat /var/lib/dpkg/status", {"software": software})
