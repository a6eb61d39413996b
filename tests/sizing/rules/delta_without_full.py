"""Cases of SZ-511."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "alone": (design(policy("delta-inventory", weekly="monday 20:00")), ["p"]),
    "the full one is disabled": (
        design(
            policy("delta-inventory", "d", weekly="monday 20:00"),
            policy("full-inventory", "f", weekly="sunday 20:00", enabled=False),
        ),
        ["d"],
    ),
}
QUIET: Quiet = {
    "both": design(
        policy("delta-inventory", "d", weekly="monday 20:00"),
        policy("full-inventory", "f", monthly="last sunday 20:00"),
    ),
    "none": design(),
}
