"""Cases of SZ-508."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "same site": (
        design(policy("time-critical-inventory", "a"), policy("time-critical-inventory", "b")),
        ["b"],
    ),
}
QUIET: Quiet = {
    "other sites": design(
        policy("time-critical-inventory", "a"), policy("time-critical-inventory", "b", by_site={"oslo": 5})
    ),
    "one": design(policy("time-critical-inventory", "a")),
}
