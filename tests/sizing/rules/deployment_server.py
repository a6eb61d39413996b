"""Cases of SZ-113."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, server

FIRES: Fires = {
    "packages and tasks apart": (
        design(
            ns("a"),
            ns("b", parent="a", site="rome", deployment=True),
            server("package", "p"),
            server("task", "t"),
        ),
        ["b"],
    ),
}
QUIET: Quiet = {
    "one server for both": design(
        ns("a"), ns("b", parent="a", site="rome", deployment=True), server("package task boot")
    ),
    "no deployment": design(ns("a"), ns("b", parent="a", site="rome")),
    "no hierarchy": design(ns("b", site="rome", deployment=True)),
}
