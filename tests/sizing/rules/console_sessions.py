"""Cases of SZ-102."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "managers": (design(ns(consoles=76)), ["hq"]),
    "asset managers": (design(ns(asset_consoles=26)), ["hq"]),
    "both is one finding": (design(ns(consoles=80, asset_consoles=30)), ["hq"]),
}
QUIET: Quiet = {
    "at the limits": design(ns(consoles=75, asset_consoles=25)),
    "not stated": design(ns()),
}
