"""Cases of SZ-509."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy, window

FIRES: Fires = {
    "no window": (design(policy("patch", daily="22:00")), ["p"]),
    "a blockout only": (design(policy("patch", daily="22:00"), window(kind="blockout", daily="08:00")), ["p"]),
    "a window out of use": (design(policy("patch", daily="22:00"), window(daily="22:00", enabled=False)), ["p"]),
}
QUIET: Quiet = {
    "a window": design(policy("patch", daily="22:00"), window(daily="22:00")),
    "no patches": design(policy("task", daily="22:00")),
}
