"""Cases of SZ-513."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "hourly": (design(policy("basic-inventory", every_s=3600)), ["p"]),
}
QUIET: Quiet = {
    "daily": design(policy("basic-inventory", daily="03:00")),
}
