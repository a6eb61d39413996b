"""Cases of SZ-114."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "every other day": (design(ns("a"), ns("b", parent="a", replication_s=2 * 86400)), ["b"]),
    "every five minutes": (design(ns("a", replication_s=300), ns("b", parent="a")), ["a"]),
}
QUIET: Quiet = {
    "daily": design(ns("a", replication_s=86400), ns("b", parent="a", replication_s=3600)),
    "alone": design(ns("a", replication_s=300)),
    "not stated": design(ns("a"), ns("b", parent="a")),
}
