"""Cases of SZ-103."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, server

FIRES: Fires = {
    "one of two": (
        design(
            ns("a", sites=("rome",)),
            ns("b", sites=("oslo",)),
            *(server("boot", f"s{i}", "oslo") for i in range(301)),
        ),
        ["b"],
    ),
}
QUIET: Quiet = {
    "at the limit": design(
        ns("a", sites=("rome",)), ns("b", sites=("oslo",)), *(server("boot", f"s{i}", "oslo") for i in range(300))
    ),
    "a server alone is for site check": design(ns("a"), *(server("boot", f"s{i}") for i in range(301))),
}
