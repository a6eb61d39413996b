"""Cases of SZ-208."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "data": (design(ns(computers=12_000, iops={"data": 599, "log": 600})), ["hq"]),
    "all four": (design(ns(computers=12_000, iops={"os": 100, "data": 1, "log": 1, "tempdb": 1})), ["hq"]),
}
QUIET: Quiet = {
    "as the table": design(ns(computers=12_000, iops={"os": 180, "data": 600, "log": 600, "tempdb": 400})),
    "small has no volume of its own": design(ns(computers=1000, iops={"log": 1, "tempdb": 1})),
    "not stated": design(ns(computers=12_000)),
}
