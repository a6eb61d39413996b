"""`launchctl list`: jobs of launchd, the services of macOS."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(r"(?P<pid>-|\d{1,9})\s+(?P<status>-|-?\d{1,9})\s+(?P<label>[\w.-]+(?:\.[\w.@{}()\[\] -]+)?)")


def services(text: str) -> Rows:
    """Return jobs; one with a process is running."""
    rows: Rows = []
    for line in lines(text):
        if found := _LINE.fullmatch(line.strip()):
            rows += filled(
                {
                    "name": found["label"],
                    "manager": "launchd",
                    "state": "stopped" if found["pid"] == "-" else "running",
                    "pid": None if found["pid"] == "-" else int(found["pid"]),
                    "exit_status": None if found["status"] == "-" else int(found["status"]),
                }
            )
    return rows


PARSER = Parser("launchctl list", {"services": services})
