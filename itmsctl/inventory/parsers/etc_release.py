"""`/etc/release` of Solaris, `/etc/redhat-release`, `/etc/debian_version`: a line that names the operating system."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_SOLARIS = re.compile(
    r"(?P<name>(?:Oracle )?Solaris|OpenSolaris|OpenIndiana|OmniOS|SmartOS)(?P<words>(?: [A-Z][a-z]+)*) "
    r"(?P<version>\S+)(?P<rest>.*?)(?P<arch>SPARC|X86|x86)?(?: \(.*\))?"
)
_LINUX = re.compile(r"(?P<name>[^\d]+?)(?: Linux)? release (?P<version>[\d.]+)\S*(?: \((?P<release>[^)]+)\))?.*")
_DEBIAN = re.compile(r"\d+(?:\.\d+)*|[a-z]+/sid")
_IDS = {"solaris": "solaris", "oracle solaris": "solaris", "opensolaris": "opensolaris", "openindiana": "openindiana"}


def operating_system(text: str) -> Rows:
    """Return the operating system."""
    line = next((line.strip() for line in lines(text) if line.strip()), "")
    if _DEBIAN.fullmatch(line):
        full = f"Debian GNU/Linux {line}"
        return [{"name": "Debian GNU/Linux", "id": "debian", "version": line, "full_name": full}]
    if solaris := _SOLARIS.fullmatch(line):
        return filled(
            {
                "name": solaris["name"],
                "full_name": " ".join(line.split()),
                "id": _IDS.get(solaris["name"].lower()),
                "version": solaris["version"].removeprefix("oi_"),
                "release": solaris["rest"].strip() or None,
                "architecture": (solaris["arch"] or "").lower(),
            }
        )
    if found := _LINUX.fullmatch(line):
        linux = " Linux" if " Linux release" in line else ""
        return filled(
            {"name": found["name"] + linux, "full_name": line, "version": found["version"], "release": found["release"]}
        )
    return []


PARSER = Parser("cat /etc/release", {"operating_system": operating_system})
