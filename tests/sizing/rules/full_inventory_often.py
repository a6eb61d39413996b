"""Cases of SZ-501."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "daily": (design(policy("full-inventory", daily="20:00")), ["p"]),
    "twice a week": (design(policy("full-inventory", weekly="monday,thursday 20:00")), ["p"]),
}
QUIET: Quiet = {
    "weekly": design(policy("full-inventory", weekly="monday 20:00")),
    "monthly": design(policy("full-inventory", monthly="first monday 20:00")),
    "disabled": design(policy("full-inventory", daily="20:00", enabled=False)),
    "a delta": design(policy("delta-inventory", daily="20:00")),
    "by an event": design(policy("full-inventory", event="joined")),
}
