"""Cases of SZ-111."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, subnet

FIRES: Fires = {
    "in no site": (design(ns("a", site="rome"), ns("b", parent="a"), subnet()), ["b"]),
    "a site without subnet": (design(ns("a", site="rome"), ns("b", parent="a", site="oslo"), subnet()), ["b"]),
}
QUIET: Quiet = {
    "both in sites": design(
        ns("a", site="rome"), ns("b", parent="a", site="oslo"), subnet(), subnet("10.2.0.0/16", "oslo")
    ),
    "no hierarchy": design(ns("a"), ns("b")),
}
