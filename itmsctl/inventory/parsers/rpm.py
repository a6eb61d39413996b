r"""`rpm -qa --qf '%{NAME}\t%{VERSION}\t...'`: packages of RHEL, Fedora, SUSE and others."""

from __future__ import annotations

from datetime import UTC, datetime

from itmsctl.inventory.captured import filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

FORMAT = (
    "%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{EPOCH}\\t%{ARCH}\\t%{INSTALLTIME}\\t%{SIZE}\\t%{VENDOR}\\t%{GROUP}\\t%{LICENSE}"
    "\\t%{URL}\\t%{SOURCERPM}\\t%{SUMMARY}\\n"
)
"""What `rpm -qa --qf` is asked for."""

_NAMES = (
    "name", "version", "release", "epoch", "architecture", "at", "size", "publisher", "section", "license", "url",
    "source_package", "summary",
)  # fmt: skip
_NONE = "(none)"
_LATEST = 253402300799  # the last second of the year 9999


def software(text: str) -> Rows:
    """Return packages; the version is written with its release, as the package manager compares it."""
    rows: Rows = []
    for line in lines(text):
        parts = line.split("\t")
        if len(parts) < 5:
            continue
        one = {name: part for name, part in zip(_NAMES, parts, strict=False) if part != _NONE}
        at = whole(one.pop("at", None))
        version, release = one.get("version"), one.get("release")
        rows += filled(
            {
                **one,
                "version": f"{version}-{release}" if version and release else version,
                "source": "rpm",
                "installed_at": datetime.fromtimestamp(at, UTC) if at and 0 < at < _LATEST else None,
                "size_bytes": whole(one.pop("size", None)),
            }
            | {"size": None},
            "name",
            "version",
        )
    return rows


PARSER = Parser(f"rpm -qa --qf '{FORMAT}'", {"software": software})
