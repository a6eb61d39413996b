"""Cases of SZ-116."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "alone and large": (design(ns(computers=1001, serves_agents=True)), ["hq"]),
    "a child with deployment": (
        design(ns("a"), ns("b", 5000, parent="a", serves_agents=True, deployment=True)),
        ["b"],
    ),
}
QUIET: Quiet = {
    "small": design(ns(computers=1000, serves_agents=True)),
    "a child without deployment": design(ns("a"), ns("b", 5000, parent="a", serves_agents=True)),
    "a parent is SZ-108": design(ns("a", 5000, serves_agents=True), ns("b", parent="a")),
}
