"""Cases of SZ-205."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "2 left": (design(ns(database_ram_gb=16, database_memory_gb=14)), ["hq"]),
    "on-box": (design(ns(ram_gb=16, database_memory_gb=14, database="on-box")), ["hq"]),
}
QUIET: Quiet = {
    "4 left": design(ns(database_ram_gb=16, database_memory_gb=12)),
    "memory of another machine": design(ns(ram_gb=16, database_memory_gb=14, database="off-box")),
    "not stated": design(ns(database_ram_gb=16)),
}
