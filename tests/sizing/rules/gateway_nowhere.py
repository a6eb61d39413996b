"""Cases of SZ-411."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway

FIRES: Fires = {
    "nowhere": (design(gateway(servers="")), ["edge"]),
}
QUIET: Quiet = {
    "somewhere": design(gateway()),
}
