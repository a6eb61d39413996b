"""Cases of SZ-107."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "itself": (design(ns("a", parent="a")), ["a"]),
    "three, told once": (
        design(ns("b", parent="c"), ns("c", parent="a"), ns("a", parent="b"), ns("d", parent="a")),
        ["a"],
    ),
}
QUIET: Quiet = {
    "a tree": design(ns("a"), ns("b", parent="a"), ns("c", parent="b")),
    "a parent that is not there": design(ns("a", parent="gone")),
}
