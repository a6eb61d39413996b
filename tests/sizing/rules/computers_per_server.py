"""Cases of SZ-101."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "one too many": (design(ns(computers=35_001)), ["hq"]),
    "each for itself": (design(ns("a", 40_000), ns("b", 10), ns("c", 36_000)), ["a", "c"]),
}
QUIET: Quiet = {
    "at the limit": design(ns(computers=35_000)),
    "two that share": design(ns("a", 30_000), ns("b", 30_000, parent="a")),
}
