"""Cases of SZ-507."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "every half hour": (design(policy("time-critical-inventory", every_s=1800)), ["p"]),
}
QUIET: Quiet = {
    "every four hours": design(policy("time-critical-inventory", every_s=4 * 3600)),
    "hourly": design(policy("time-critical-inventory", every_s=3600)),
}
