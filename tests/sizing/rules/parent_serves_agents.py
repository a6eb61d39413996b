"""Cases of SZ-108."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "a parent": (design(ns("top", serves_agents=True), ns("c", parent="top")), ["top"]),
}
QUIET: Quiet = {
    "a leaf": design(ns("top"), ns("c", parent="top", serves_agents=True)),
    "alone": design(ns(serves_agents=True)),
    "a parent that is not there": design(ns("c", parent="gone")),
}
