"""Cases of SZ-410."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway, ns

FIRES: Fires = {
    "both are full": (design(ns(), gateway("g1", concurrent=9000), gateway("g2", concurrent=9000)), ["hq"]),
}
QUIET: Quiet = {
    "one carries both": design(ns(), gateway("g1", concurrent=7000), gateway("g2", concurrent=8000)),
    "a single one is SZ-404": design(ns(), gateway(concurrent=9000)),
    "not stated": design(ns(), gateway("g1"), gateway("g2")),
}
