"""`systemctl status firewalld`, `launchctl print system/com.apple.alf`: whether a firewall runs, on Linux and macOS."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled
from itmsctl.inventory.parser import Parser, Rows

_SYSTEMD = re.compile(r"^\W{0,4}(?P<name>firewalld|nftables|ufw|iptables)\.service\b", re.MULTILINE)
_LOADED = re.compile(r"^\s{0,12}Loaded: loaded \([^;)]*; (\w+)", re.MULTILINE)
_ACTIVE = re.compile(r"^\s{0,12}Active: (\w+)", re.MULTILINE)
_ALF = re.compile(r"^com\.apple\.alf\w* = \{$", re.MULTILINE)
_STATE = re.compile(r"^\s{0,12}state = ([\w ]+)$", re.MULTILINE)


def firewall(text: str) -> Rows:
    """Return the firewall."""
    head = text[:20000]
    if found := _SYSTEMD.search(head):
        loaded, active = _LOADED.search(head), _ACTIVE.search(head)
        return filled(
            {
                "name": found["name"],
                "is_enabled": active[1] == "active" if active else None,
                "at_boot": loaded[1] == "enabled" if loaded else None,
            }
        )
    if _ALF.search(head):
        state = _STATE.search(head)
        return filled({"name": "Application Firewall", "is_enabled": state[1] == "running" if state else None})
    return []


PARSER = Parser("systemctl status firewalld", {"firewall": firewall})
