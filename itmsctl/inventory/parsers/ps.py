"""`ps -A -o user=,pid=,ppid=,pcpu=,pmem=,vsz=,rss=,tty=,stat=,args=`: processes of every UNIX."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(
    r"\s*(?P<user>\S+)\s+(?P<pid>\d{1,10})\s+(?P<parent>\d{1,10})\s+(?P<cpu>\d{1,6}(?:[.,]\d+)?)\s+(?P<memory>\d{1,3}(?:[.,]\d+)?)"
    r"\s+(?P<virtual>\d{1,15})\s+(?P<resident>\d{1,15})\s+(?P<terminal>\S+)\s+(?P<state>\S+)\s+(?P<command>\S.*)"
)


def processes(text: str) -> Rows:
    """Return processes."""
    rows: Rows = []
    for line in lines(text):
        if found := _LINE.fullmatch(line.rstrip()):
            command = found["command"]
            rows += filled(
                {
                    "pid": int(found["pid"]),
                    "parent_pid": int(found["parent"]),
                    "user": found["user"],
                    "command": command,
                    "name": command.split()[0].rpartition("/")[2].strip("[]:-"),
                    "path": command.split()[0] if command.startswith("/") else None,
                    "terminal": None if found["terminal"] in {"?", "-", "??"} else found["terminal"],
                    "state": found["state"],
                    "cpu_pct": float(found["cpu"].replace(",", ".")),
                    "memory_pct": float(found["memory"].replace(",", ".")),
                    "virtual_kib": int(found["virtual"]),
                    "memory_kib": int(found["resident"]),
                }
            )
    return rows


PARSER = Parser("ps -A -o user=,pid=,ppid=,pcpu=,pmem=,vsz=,rss=,tty=,stat=,args=", {"processes": processes})
