"""Cases of SZ-409."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway

FIRES: Fires = {
    "15,001": (design(gateway(concurrent=15_001)), ["edge"]),
    "virtual": (design(gateway(concurrent=9_001, virtual=True)), ["edge"]),
}
QUIET: Quiet = {
    "15,000": design(gateway("g1", concurrent=15_000), gateway("g2", concurrent=9_000, virtual=True)),
    "not stated": design(gateway()),
}
