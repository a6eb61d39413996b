"""What of inventory comes with a new database: the three schedules and six policies of the suite (INV-19, SCHED-3).

All are as printed: days, times, on and off. None names a way to computers, so none contacts anybody before somebody
says one (`--profile`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.inventory.kinds import DELTA, FULL, TIME_CRITICAL
from itmsctl.inventory.wanted import IMPORTANT
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.values.predefined import PredefinedObject

DAILY, WEEKLY, MONTHLY = "inventory-daily", "inventory-weekly", "inventory-monthly"
_REPEATED_S = 4 * 3600  # the suite says hours, and not how many


def predefined() -> tuple[PredefinedObject, ...]:
    """Return them, schedules first (hook)."""
    return (
        _schedule(DAILY, "Every day at 18:00.", daily="18:00"),
        _schedule(WEEKLY, "Every Monday at 18:00.", weekly="monday 18:00"),
        _schedule(MONTHLY, "Every first Monday at 18:00.", monthly="first monday 18:00"),
        _policy(
            "full-inventory",
            "Collect Full Inventory: hardware and operating system, software, file properties.",
            {"mode": FULL, "collect": ["hardware", "software", "files"], "schedule": WEEKLY, "enabled": True},
        ),
        _policy(
            "delta-hardware-inventory",
            "Collect Delta Hardware Inventory: what of hardware has changed since the last full inventory.",
            {"mode": DELTA, "collect": ["hardware"], "schedule": MONTHLY, "enabled": False},
        ),
        _policy(
            "delta-software-inventory",
            "Collect Delta Software Inventory: what of software has changed since the last full inventory.",
            {"mode": DELTA, "collect": ["software"], "schedule": WEEKLY, "enabled": False},
        ),
        _policy(
            "time-critical-inventory",
            "Collect Time-Critical Inventory: the most important classes, several times a day.",
            {"mode": TIME_CRITICAL, "collect": list(IMPORTANT), "every_s": _REPEATED_S, "enabled": False},
        ),
        _policy(
            "full-server-inventory",
            "Collect Full Server Inventory: server applications.",
            {
                "mode": FULL,
                "collect": ["server-applications"],
                "schedule": WEEKLY,
                "server_pack": True,
                "enabled": True,
            },
        ),
        _policy(
            "delta-server-inventory",
            "Collect Delta Server Inventory: what of server applications has changed.",
            {
                "mode": DELTA,
                "collect": ["server-applications"],
                "schedule": WEEKLY,
                "server_pack": True,
                "enabled": False,
            },
        ),
    )


def _schedule(name: str, description: str, **when: str) -> PredefinedObject:
    return PredefinedObject("schedule", name, {**when, "description": description})


def _policy(name: str, description: str, fields: Mapping[str, Any]) -> PredefinedObject:
    return PredefinedObject("inventory-policy", name, {"target": EVERYTHING, **fields, "description": description})
