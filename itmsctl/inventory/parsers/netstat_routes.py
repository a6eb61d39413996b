"""`netstat -rn`: routes, in the forms of Linux, BSD, macOS, AIX and HP-UX."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, mask_length, whole
from itmsctl.inventory.parser import Parser, Rows
from itmsctl.values.addresses import is_address

_FLAGS = re.compile(r"[A-Za-z!1-3]{1,12}")
_SHORT = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,3}")


def routes(text: str) -> Rows:
    """Return routes."""
    rows: Rows = []
    head: list[str] = []
    for line in lines(text):
        words = line.split()
        if "Gateway" in words and "Flags" in words:
            head = [word.lower() for word in words]
        elif head and len(words) >= 4:
            rows += _row(head, words)
    return rows


def _row(head: list[str], words: list[str]) -> Rows:
    said = dict(zip(head, words, strict=False))
    gateway = said.get("gateway", "")
    destination = _destination(said, gateway)
    if destination is None or not _FLAGS.fullmatch(said.get("flags", "")):
        return []
    return filled(
        {
            "destination": destination,
            "gateway": None if gateway in {"0.0.0.0", "*", "::"} else gateway.partition("%")[0],  # noqa: S104 - a word that means none
            "interface": said.get("interface") or said.get("iface") or said.get("if") or said.get("netif"),
            "flags": said["flags"],
            "mtu": whole(said.get("mtu") or said.get("pmtu")),
        }
    )


def _destination(said: dict[str, str], gateway: str) -> str | None:
    """Return where a route leads, as a prefix: `10.1/16` of BSD is 10.1.0.0/16, `10` of a network is 10.0.0.0/8."""
    name, slash, length = (said.get("destination") or said.get("dest/netmask") or "").partition("/")
    name = name.partition("%")[0]
    if name == "default":
        return "::/0" if ":" in gateway and is_address(gateway.partition("%")[0]) else "0.0.0.0/0"
    if ":" in name:
        return f"{name}/{length or 128}" if is_address(name) else None
    if not _SHORT.fullmatch(name):
        return None
    parts = name.split(".")
    whole_name = ".".join([*parts, *["0"] * (4 - len(parts))])
    mask = said.get("genmask") or (length if "." in length else "")
    bits = mask_length(mask) if mask else whole(length) if slash else len(parts) * 8
    return f"{whole_name}/{bits}" if is_address(whole_name) and bits is not None and bits <= 32 else None


PARSER = Parser("netstat -rn", {"routes": routes})
