"""Cases of SZ-303."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "5m for 5,001": (design(ns(computers=5001, task_interval_s=300)), ["hq"]),
}
QUIET: Quiet = {
    "5m for 5,000": design(ns(computers=5000, task_interval_s=300)),
    "15m for 5,001": design(ns(computers=5001, task_interval_s=900)),
}
