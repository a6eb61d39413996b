"""Cases of SZ-115."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "800 in all": (design(ns("a", 500), ns("b", 300, parent="a")), ["a"]),
    "three levels": (design(ns("a", 0), ns("b", 10, parent="a"), ns("c", 10, parent="b")), ["a"]),
}
QUIET: Quiet = {
    "more than one carries": design(ns("a", 20_000), ns("b", 20_000, parent="a")),
    "no hierarchy": design(ns("a", 500), ns("b", 300)),
    "nothing known": design(ns("a", 0), ns("b", 0, parent="a")),
}
