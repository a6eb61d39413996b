"""Cases of SZ-307."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "hourly": (design(ns(policy_membership_s=3600)), ["hq"]),
}
QUIET: Quiet = {
    "as shipped": design(ns(policy_membership_s=300)),
    "not stated": design(ns()),
}
