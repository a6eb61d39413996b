"""Cases of SZ-106."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "seven": (design(ns("top"), *(ns(f"c{i}", parent="top") for i in range(7))), ["top"]),
}
QUIET: Quiet = {
    "six": design(ns("top"), *(ns(f"c{i}", parent="top") for i in range(6))),
    "on two levels": design(
        ns("top"), ns("mid", parent="top"), *(ns(f"c{i}", parent="mid" if i else "top") for i in range(7))
    ),
}
