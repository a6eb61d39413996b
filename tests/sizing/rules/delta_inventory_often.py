"""Cases of SZ-502."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, policy

FIRES: Fires = {
    "daily above 10,000": (design(ns(computers=10_001), policy("delta-inventory", daily="20:00")), ["p"]),
    "hourly": (design(ns(computers=800), policy("delta-inventory", every_s=3600)), ["p"]),
}
QUIET: Quiet = {
    "daily up to 10,000": design(ns(computers=10_000), policy("delta-inventory", daily="20:00")),
    "weekly above": design(ns(computers=30_000), policy("delta-inventory", weekly="monday 20:00")),
}
