"""`pkginfo -l` and `pkg info`: packages of Solaris, OpenSolaris and illumos."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import blocks, filled, moment, said, size
from itmsctl.inventory.parser import Parser, Rows

_FORMS = ("%b %d %Y %H:%M", "%B %d, %Y %I:%M:%S %p", "%a %b %d %H:%M:%S %Y")
_KEY = re.compile(r"\s*([A-Z][A-Za-z ]*[A-Za-z]):\s?(.*)")


def _values(block: list[str]) -> dict[str, str]:
    """Return keys and values of one package; a line without a key goes on with the last one."""
    values: dict[str, str] = {}
    key = ""
    for line in block:
        found = _KEY.fullmatch(line[:2000])
        if found:
            key = found[1]
            values.setdefault(key, found[2].strip())
        elif key:
            values[key] += f" {line[:2000].strip()}"
    return values


def software(text: str) -> Rows:
    """Return packages that are installed."""
    rows: Rows = []
    for block in blocks(text):
        one = _values(block)
        if "PKGINST" in one:
            rows += _svr4(one)
        elif "Name" in one and "Installed" in one.get("State", ""):
            rows += _ips(one)
    return rows


def _svr4(one: dict[str, str]) -> Rows:
    return filled(
        {
            "name": one["PKGINST"],
            "version": one.get("VERSION"),
            "architecture": one.get("ARCH"),
            "source": "pkginfo",
            "publisher": said(one.get("VENDOR")),
            "summary": one.get("NAME"),
            "section": one.get("CATEGORY"),
            "status": one.get("STATUS"),
            "path": one.get("BASEDIR"),
            "installed_at": moment(one.get("INSTDATE"), *_FORMS),
        },
        "name",
    )


def _ips(one: dict[str, str]) -> Rows:
    return filled(
        {
            "name": one["Name"],
            "version": (one.get("Version") or "").partition(" ")[0],
            "source": "ips",
            "publisher": one.get("Publisher"),
            "release": one.get("Branch"),
            "summary": one.get("Summary"),
            "section": one.get("Category"),
            "size_bytes": size(one.get("Size")),
            "status": one.get("State"),
            "product_id": one.get("FMRI"),
            "installed_at": moment(one.get("Last Install Time"), *_FORMS),
        },
        "name",
    )


PARSER = Parser("pkg info", {"software": software})
