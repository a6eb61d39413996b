"""`iwconfig`: wireless interfaces of Linux."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, mac
from itmsctl.inventory.parser import Parser, Rows

_HEAD = re.compile(r"(?P<name>[\w.-]+)\s+IEEE (?P<standard>802\.11\w*)(?:\s+ESSID:(?:\"(?P<ssid>[^\"]*)\"|\S+))?")
_MODE = re.compile(r"\bMode:(\w+)")
_POINT = re.compile(r"Access Point: ([0-9A-Fa-f:]{17})")


def network_interfaces(text: str) -> Rows:
    """Return interfaces."""
    rows: Rows = []
    for line in lines(text):
        if head := _HEAD.match(line):
            rows += filled(
                {"name": head["name"], "type": "wifi", "wifi_standard": head["standard"], "wifi_ssid": head["ssid"]}
            )
        elif rows and line[:1].isspace():
            mode, point = _MODE.search(line), _POINT.search(line)
            if mode:
                rows[-1]["wifi_mode"] = mode[1].lower()
            if point and (found := mac(point[1])):
                rows[-1]["wifi_bssid"] = found
    return rows


PARSER = Parser("iwconfig", {"network_interfaces": network_interfaces})
