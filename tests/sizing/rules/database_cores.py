"""Cases of SZ-203."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "4 for 1,001": (design(ns(computers=1001, database_cores=4)), ["hq"]),
}
QUIET: Quiet = {
    "4 for 1,000": design(ns(computers=1000, database_cores=4)),
    "not stated": design(ns(computers=20_000)),
}
