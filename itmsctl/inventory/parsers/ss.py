"""`ss -H -tulpn`: ports of Linux that wait for connections."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_PROCESS = re.compile(r'users:\(\("([^"]{1,64})",pid=(\d{1,10})')


def listening_ports(text: str) -> Rows:
    """Return ports."""
    rows: Rows = []
    for line in lines(text):
        words = line.split()
        if len(words) < 6 or words[0] not in {"tcp", "udp"} or words[1] not in {"LISTEN", "UNCONN"}:
            continue
        address, _, port = words[4].rpartition(":")
        if not (port.isdecimal() and port.isascii() and len(port) < 6):
            continue
        bare = address.partition("%")[0].strip("[]")
        process = _PROCESS.search(line)
        rows += filled(
            {
                "protocol": words[0] + ("6" if ":" in bare else ""),
                "address": bare if bare not in {"0.0.0.0", "::", "*"} else "*",  # noqa: S104 - words that mean all
                "port": int(port),
                "process": process[1] if process else None,
                "pid": int(process[2]) if process else None,
            }
        )
    return rows


PARSER = Parser("ss -H -tulpn", {"listening_ports": listening_ports})
