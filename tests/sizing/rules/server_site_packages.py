"""Cases of SZ-112."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, server

FIRES: Fires = {
    "the child": (
        design(ns("a", site="rome"), ns("b", parent="a", site="oslo"), server("package task")),
        ["b"],
    ),
}
QUIET: Quiet = {
    "both": design(ns("a", site="rome"), ns("b", parent="a", site="oslo"), server("package", sites="rome oslo")),
    "in no site is SZ-111": design(ns("a"), ns("b", parent="a")),
    "no hierarchy": design(ns("a", site="rome")),
}
