"""Cases of SZ-514."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "hourly": (design(policy(runs="membership-update:complete", every_s=3600)), ["p"]),
}
QUIET: Quiet = {
    "nightly": design(policy(runs="membership-update:complete", daily="03:00")),
    "a delta": design(policy(runs="membership-update:delta", every_s=3600)),
}
