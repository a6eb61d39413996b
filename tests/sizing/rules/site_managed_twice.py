"""Cases of SZ-110."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, site

FIRES: Fires = {
    "two": (design(ns("a", sites=("rome",)), ns("b", sites=("rome", "oslo")), site("rome"), site("oslo")), ["rome"]),
}
QUIET: Quiet = {
    "one each": design(ns("a", sites=("rome",)), ns("b", sites=("oslo",)), site("rome"), site("oslo")),
}
