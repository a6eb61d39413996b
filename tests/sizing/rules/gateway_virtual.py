"""Cases of SZ-405."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway

FIRES: Fires = {
    "virtual": (design(gateway(virtual=True)), ["edge"]),
}
QUIET: Quiet = {
    "physical": design(gateway()),
}
