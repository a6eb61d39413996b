"""Cases of SZ-212."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "9": (design(ns(autogrow_pct=9)), ["hq"]),
    "21": (design(ns(autogrow_pct=21)), ["hq"]),
}
QUIET: Quiet = {
    "10": design(ns(autogrow_pct=10)),
    "20": design(ns(autogrow_pct=20)),
    "not stated": design(ns()),
}
