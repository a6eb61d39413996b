"""Cases of SZ-308."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "large": (design(ns(computers=10_001)), ["hq"]),
}
QUIET: Quiet = {
    "suppressed": design(ns(computers=10_001, report_autorun=False)),
    "not large": design(ns(computers=10_000)),
}
