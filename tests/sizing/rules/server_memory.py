"""Cases of SZ-202."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "8 for 1,001": (design(ns(computers=1001, ram_gb=8)), ["hq"]),
    "a parent": (design(ns(computers=15_000, ram_gb=16), ns("c", parent="hq")), ["hq"]),
    "consoles": (design(ns(computers=1000, ram_gb=8, consoles=50)), ["hq"]),
}
QUIET: Quiet = {
    "8 for 1,000": design(ns(computers=1000, ram_gb=8)),
    "no parent": design(ns(computers=15_000, ram_gb=16)),
    "a parent of another band": design(ns(computers=5000, ram_gb=16), ns("c", parent="hq")),
    "with consoles": design(ns(computers=1000, ram_gb=9, consoles=50)),
    "on-box is SZ-211": design(ns(computers=1000, ram_gb=4, database="on-box")),
}
