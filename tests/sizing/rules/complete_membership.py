"""Cases of SZ-306."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "weekly": (design(ns(complete_membership_s=7 * 86400)), ["hq"]),
    "hourly": (design(ns(complete_membership_s=3600)), ["hq"]),
}
QUIET: Quiet = {
    "daily": design(ns(complete_membership_s=86400)),
    "not stated": design(ns()),
}
