"""Cases of SZ-213."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "on": (design(ns(autoshrink=True)), ["hq"]),
}
QUIET: Quiet = {
    "off": design(ns()),
}
