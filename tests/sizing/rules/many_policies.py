"""Cases of SZ-506."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "51 schedules": (design(*(policy(name=f"p{i}", daily="22:00") for i in range(51))), ["estate"]),
    "101 targets": (design(*(policy(name=f"p{i}", target=f"t{i}") for i in range(101))), ["estate"]),
}
QUIET: Quiet = {
    "50": design(*(policy(name=f"p{i}", daily="22:00") for i in range(50))),
    "not in use": design(*(policy(name=f"p{i}", daily="22:00", enabled=False) for i in range(60))),
}
