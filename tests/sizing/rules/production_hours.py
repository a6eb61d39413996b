"""Cases of SZ-504."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "full at noon": (design(policy("full-inventory", weekly="tuesday 12:00")), ["p"]),
    "complete update": (design(policy(runs="membership-update:complete", daily="09:00")), ["p"]),
    "care of the database": (design(policy(runs="database-maintenance", weekly="friday 17:59")), ["p"]),
}
QUIET: Quiet = {
    "at 18:00": design(policy("full-inventory", weekly="monday 18:00")),
    "on Sunday": design(policy("full-inventory", weekly="sunday 12:00")),
    "a delta update": design(policy(runs="membership-update:delta", daily="09:00")),
    "a light load": design(policy("patch", daily="12:00")),
}
