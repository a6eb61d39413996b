"""Processors, firewall, and who used the computer."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, whole
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.registry.keys import Values, keys


def processors(text: str) -> Rows:
    """Return processors as threads tell of them (CentralProcessor); all threads of a model are one."""
    found: dict[str, tuple[Values, int]] = {}
    for path, one in keys(text):
        if re.search(r"\\CentralProcessor\\\d+$", path) and "ProcessorNameString" in one:
            name = " ".join(one["ProcessorNameString"].split())
            found[name] = (one, found.get(name, (one, 0))[1] + 1)
    rows: Rows = []
    for name, (one, threads) in found.items():
        words = re.search(r"Family (\d+) Model (\d+) Stepping (\d+)", one.get("Identifier", ""))
        rows += filled(
            {
                "index": len(rows),
                "manufacturer": one.get("VendorIdentifier"),
                "model": name,
                "family": words[1] if words else None,
                "model_number": words[2] if words else None,
                "stepping": words[3] if words else None,
                "speed_mhz": whole(one.get("~MHz")),
                "threads": threads,
            }
        )
    return rows


def firewall(text: str) -> Rows:
    """Return the profiles of the firewall (FirewallPolicy)."""
    rows: Rows = []
    for path, one in keys(text):
        profile = re.search(r"\\(Domain|Public|Standard)Profile$", path)
        if profile and "EnableFirewall" in one:
            name = "Private" if profile[1] == "Standard" else profile[1]
            rows += filled({"name": name, "is_enabled": one["EnableFirewall"] == "1"})
    return rows


def last_logon(text: str) -> Rows:
    """Return who used the computer last (LogonUI)."""
    for _, one in keys(text):
        user = one.get("LastLoggedOnSAMUser") or one.get("LastLoggedOnUser")
        if user:
            domain, _, name = user.rpartition("\\")
            return filled({"user": name, "domain": None if domain == "." else domain})
    return []
