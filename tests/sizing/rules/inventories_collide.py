"""Cases of SZ-503."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "as shipped": (
        design(
            policy("full-inventory", "full", weekly="monday 18:00"),
            policy("delta-inventory", "hw", monthly="first monday 18:00"),
            policy("delta-inventory", "sw", weekly="monday 18:00"),
        ),
        ["hw", "sw", "sw"],
    ),
}
QUIET: Quiet = {
    "apart": design(
        policy("full-inventory", "full", weekly="saturday 18:00"),
        policy("delta-inventory", "sw", weekly="monday 18:00"),
    ),
    "one is disabled": design(
        policy("full-inventory", "full", weekly="monday 18:00"),
        policy("delta-inventory", "sw", weekly="monday 18:00", enabled=False),
    ),
    "one hits nobody": design(
        policy("full-inventory", "full", weekly="monday 18:00"),
        policy("delta-inventory", "sw", weekly="monday 18:00", computers=0),
    ),
    "another load": design(
        policy("full-inventory", "full", weekly="monday 18:00"), policy("patch", "patch", weekly="monday 18:00")
    ),
}
