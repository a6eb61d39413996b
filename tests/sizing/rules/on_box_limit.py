"""Cases of SZ-209."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "5,001": (design(ns(computers=5001, database="on-box")), ["hq"]),
}
QUIET: Quiet = {
    "5,000": design(ns(computers=5000, database="on-box")),
    "off-box": design(ns(computers=5001, database="off-box")),
    "not stated": design(ns(computers=5001)),
}
