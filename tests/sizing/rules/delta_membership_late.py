"""Cases of SZ-305."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "hourly": (design(ns(delta_membership_s=3600)), ["hq"]),
}
QUIET: Quiet = {
    "as printed": design(ns("a", delta_membership_s=300), ns("b", delta_membership_s=900)),
}
