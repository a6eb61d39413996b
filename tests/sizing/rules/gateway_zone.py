"""Cases of SZ-407."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway

FIRES: Fires = {
    "inside": (design(gateway(zone="lan")), ["edge"]),
}
QUIET: Quiet = {
    "in the zone": design(gateway("g1", zone="DMZ"), gateway("g2", zone="dmz-north")),
    "not stated": design(gateway()),
}
