"""Cases of SZ-104."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, server

FIRES: Fires = {
    "one for more than 15,000": (
        design(ns("a", 15_001, sites=("rome",)), ns("b", 10, sites=("oslo",)), server("task")),
        ["a"],
    ),
}
QUIET: Quiet = {
    "one for 15,000": design(ns("a", 15_000, sites=("rome",)), ns("b", 10, sites=("oslo",)), server("task")),
    "two": design(ns("a", 15_001, sites=("rome",)), ns("b", 10), server("task", "s1"), server("task", "s2")),
    "none at all is SZ-105": design(ns("a", 15_001, sites=("rome",)), ns("b", 10)),
}
