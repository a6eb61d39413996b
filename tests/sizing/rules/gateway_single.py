"""Cases of SZ-404."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway, ns

FIRES: Fires = {
    "one": (design(ns(), gateway()), ["hq"]),
    "the other has two": (
        design(ns("a"), ns("b"), gateway("g1", "a b"), gateway("g2", "b")),
        ["a"],
    ),
}
QUIET: Quiet = {
    "two": design(ns(), gateway("g1"), gateway("g2")),
    "none": design(ns()),
}
