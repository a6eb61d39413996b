"""Cases of SZ-505."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, policy

FIRES: Fires = {
    "1,001 at once": (design(policy("patch", daily="22:00", computers=1001)), ["p"]),
}
QUIET: Quiet = {
    "spread": design(policy("patch", daily="22:00", computers=1001, splay_s=3600)),
    "few": design(policy("patch", daily="22:00", computers=1000)),
    "no load said": design(policy(daily="22:00", computers=1001)),
    "by an event": design(policy("patch", event="joined", computers=1001)),
}
