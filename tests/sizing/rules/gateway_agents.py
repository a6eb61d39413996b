"""Cases of SZ-408."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway

FIRES: Fires = {
    "30,001": (design(gateway(agents=30_001)), ["edge"]),
    "virtual": (design(gateway(agents=18_001, virtual=True)), ["edge"]),
}
QUIET: Quiet = {
    "30,000": design(gateway("g1", agents=30_000), gateway("g2", agents=18_000, virtual=True)),
    "not stated": design(gateway()),
}
