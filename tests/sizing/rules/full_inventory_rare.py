"""Cases of SZ-512."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "in half a year": (design(policy("full-inventory", at="2026-07-01T20:00:00")), ["p"]),
}
QUIET: Quiet = {
    "monthly": design(policy("full-inventory", monthly="15 20:00")),
    "by an event": design(policy("full-inventory", event="joined")),
}
