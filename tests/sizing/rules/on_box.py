"""Cases of SZ-210."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "800": (design(ns(computers=800, database="on-box")), ["hq"]),
}
QUIET: Quiet = {
    "too many is SZ-209": design(ns(computers=5001, database="on-box")),
    "off-box": design(ns(computers=800, database="off-box")),
}
