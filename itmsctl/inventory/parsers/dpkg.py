r"""`dpkg-query -W -f='${Package}\t${Version}\t...'`: packages of Debian and Ubuntu.

${Package}\t${Version}\t${Architecture}\t${db:Status-Abbrev}\t${Installed-Size}\t${Section}\t${source:Package}\t
${Maintainer}\t${Homepage}\t${binary:Summary}\n
"""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

FORMAT = (
    "${Package}\\t${Version}\\t${Architecture}\\t${db:Status-Abbrev}\\t${Installed-Size}\\t${Section}\\t${source:Package}"
    "\\t${Maintainer}\\t${Homepage}\\t${binary:Summary}\\n"
)
"""What `dpkg-query -W -f` is asked for."""

_NAMES = (
    "name",
    "version",
    "architecture",
    "status",
    "size",
    "section",
    "source_package",
    "publisher",
    "url",
    "summary",
)
_STATES = {
    "i": "installed",
    "c": None,
    "n": None,
    "H": "half-installed",
    "U": "unpacked",
    "F": "half-configured",
    "W": "triggers-awaited",
    "t": "triggers-pending",
}


def software(text: str) -> Rows:
    """Return packages that are there; one of which only the configuration is left is none."""
    rows: Rows = []
    for line in lines(text):
        parts = line.split("\t")
        if len(parts) < 4:
            continue
        one = dict(zip(_NAMES, (part.strip() for part in parts), strict=False))
        state = _STATES.get(one["status"][1:2])
        if state is None:
            continue
        size = whole(one.pop("size", None))
        status = "hold" if one["status"].startswith("h") else state
        rows += filled(
            {**one, "status": status, "source": "dpkg", "size_bytes": size * 1024 if size else None}, "name", "version"
        )
    return rows


PARSER = Parser(f"dpkg-query -W -f '{FORMAT}'", {"software": software})
