"""Cases of SZ-510."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "weekly": (design(policy("patch", weekly="monday 22:00", ignore_windows=True)), ["p"]),
}
QUIET: Quiet = {
    "once": design(policy("patch", at="2026-01-06T22:00:00", ignore_windows=True)),
    "it waits": design(policy("patch", weekly="monday 22:00")),
}
