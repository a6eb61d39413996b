"""Cases of SZ-204."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "12 for 1,001": (design(ns(computers=1001, database_ram_gb=12)), ["hq"]),
    "32 for 20,001": (design(ns(computers=20_001, database_ram_gb=32)), ["hq"]),
}
QUIET: Quiet = {
    "12 for 1,000": design(ns(computers=1000, database_ram_gb=12)),
    "64 for 35,000": design(ns(computers=35_000, database_ram_gb=64)),
}
