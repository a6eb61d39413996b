"""Cases of SZ-105."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, server

FIRES: Fires = {
    "side by side": (design(ns("a", sites=("rome",)), ns("b", sites=("oslo",)), server("task")), ["b"]),
    "deployment in a hierarchy": (
        design(ns("a", sites=("rome",)), ns("b", sites=("oslo",), parent="a", deployment=True), server("task")),
        ["b"],
    ),
}
QUIET: Quiet = {
    "tolerated in a hierarchy": design(ns("a", sites=("rome",)), ns("b", sites=("oslo",), parent="a"), server("task")),
    "it stands in the site": design(ns("a", site="rome"), ns("b", 0), server("task")),
    "alone": design(ns("a")),
}
