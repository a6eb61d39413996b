"""Cases of SZ-201."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "7 for 1,000": (design(ns(computers=1000, cores=7)), ["hq"]),
    "15 for 10,001": (design(ns(computers=10_001, cores=15)), ["hq"]),
}
QUIET: Quiet = {
    "8 for 10,000": design(ns(computers=10_000, cores=8)),
    "not stated": design(ns(computers=30_000)),
    "on-box is SZ-211": design(ns(computers=1000, cores=4, database="on-box")),
    "above the table": design(ns(computers=50_000, cores=2)),
}
