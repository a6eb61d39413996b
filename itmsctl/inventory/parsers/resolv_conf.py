"""`/etc/resolv.conf`: how names are resolved, on every UNIX."""

from __future__ import annotations

from itmsctl.inventory.captured import address, filled, lines
from itmsctl.inventory.parser import Parser, Rows


def dns_settings(text: str) -> Rows:
    """Return servers, search list and options; of several lines of `search` the last counts."""
    servers: list[str] = []
    said: dict[str, list[str]] = {}
    for line in lines(text):
        words = line.partition("#")[0].partition(";")[0].split()
        if words[:1] == ["nameserver"] and len(words) > 1 and (found := address(words[1])):
            servers.append(found)
        elif len(words) > 1 and words[0] in {"search", "domain", "options"}:
            said[words[0]] = words[1:]
    domain = said.get("domain", [""])[0]
    row = {"servers": servers, "search": said.get("search"), "domain": domain, "options": said.get("options")}
    return filled(row) if servers or said else []


PARSER = Parser("cat /etc/resolv.conf", {"dns_settings": dns_settings})
