"""`ip route` and `ip -6 route`: routes of Linux."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import address, filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

_KINDS = frozenset(
    {"unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "anycast"}
)
_PREFIX = re.compile(r"[0-9a-fA-F.:]+(?:/\d{1,3})?")


def routes(text: str) -> Rows:
    """Return routes; of a route by several gateways each is one."""
    rows: Rows = []
    current: dict[str, str] = {}
    for line in lines(text):
        words = line.split()
        if words and words[0] in _KINDS:
            words = words[1:]
        if not words:
            continue
        if words[0] == "nexthop":
            more = current | dict(zip(words[1::2], words[2::2], strict=False))
        elif words[0] == "default" or (_PREFIX.fullmatch(words[0]) and address(words[0].partition("/")[0])):
            flags = {"onlink", "linkdown", "dead", "pervasive"}
            rest = [word for word in words[1:] if word not in flags]
            more = current = {"to": words[0], **dict(zip(rest[::2], rest[1::2], strict=False))}
            if "via" not in more and "dev" not in more:
                continue
        else:
            continue
        rows += _row(more)
    return rows


def _row(said: dict[str, str]) -> Rows:
    gateway = said.get("via")
    whole_net = "::/0" if gateway and ":" in gateway else "0.0.0.0/0"
    return filled(
        {
            "destination": whole_net if said.get("to") == "default" else said.get("to"),
            "gateway": gateway,
            "interface": said.get("dev"),
            "metric": whole(said.get("metric")),
            "protocol": said.get("proto"),
            "source": address(said.get("src")),
            "mtu": whole(said.get("mtu")),
            "routing_table": said.get("table"),
        },
        "destination",
    )


PARSER = Parser("ip route", {"routes": routes})
