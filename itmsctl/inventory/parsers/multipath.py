"""`multipath -l`: disks of Linux that are reached by several paths."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, size
from itmsctl.inventory.parser import Parser, Rows

_HEAD = re.compile(r"(?P<name>\S+) (?:\((?P<wwid>[0-9A-Za-z_.-]+)\) )?dm-\d+ (?P<vendor>[^,]*),(?P<product>.*)")
_SIZE = re.compile(r"size=(\S+)")
_POLICY = re.compile(r"policy='([^']{1,60})'")
_PATH = re.compile(r"[\s|`\\_-]+(?P<hctl>\d+:\d+:\d+:\d+)\s+(?P<path>\w+)\s+\d+:\d+\s+(?P<state>\w+)")


def multipath(text: str) -> Rows:
    """Return paths."""
    rows: Rows = []
    disk: dict[str, object] = {}
    for line in lines(text):
        if head := _HEAD.fullmatch(line.rstrip()):
            disk = {key: said.strip() for key, said in head.groupdict().items() if said}
        elif disk and (path := _PATH.match(line)):
            rows += filled(disk | path.groupdict())
        elif disk and (found := _SIZE.match(line)):
            disk["size_bytes"] = size(found[1])
        if disk and (policy := _POLICY.search(line)):
            disk["policy"] = policy[1]
    return rows


PARSER = Parser("multipath -l", {"multipath": multipath})
