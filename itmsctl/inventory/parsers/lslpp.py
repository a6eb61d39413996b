"""`lslpp -c -l`: filesets of AIX."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows


def software(text: str) -> Rows:
    """Return filesets; what stands in several places is one."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines(text):
        parts = line.split(":")
        if len(parts) >= 7 and parts[0].startswith("/") and parts[1] and parts[2]:
            found.setdefault(
                (parts[1], parts[2]), {"status": parts[4], "summary": parts[6].strip(' "'), "path": parts[0]}
            )
    return [
        row
        for (name, version), more in found.items()
        for row in filled({"name": name, "version": version, "source": "lslpp", **more})
    ]


PARSER = Parser("lslpp -c -l", {"software": software})
