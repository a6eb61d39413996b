"""Cases of SZ-214."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "some": (design(ns(other_databases=True)), ["hq"]),
}
QUIET: Quiet = {
    "none": design(ns()),
}
