"""Cases of SZ-109."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, site

FIRES: Fires = {
    "nobody names it": (design(ns("a", sites=("rome",)), site("rome"), site("oslo")), ["oslo"]),
    "two, and neither names any": (design(ns("a"), ns("b"), site("rome")), ["rome"]),
}
QUIET: Quiet = {
    "alone it has all": design(ns("a"), site("rome"), site("oslo")),
    "no computers": design(ns("a", sites=("rome",)), site("rome"), site("oslo", 0)),
    "no management server yet": design(site("rome")),
}
