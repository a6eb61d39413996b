"""Cases of SZ-302."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "3h for 800": (design(ns(computers=800, agent_interval_s=3 * 3600)), ["hq"]),
}
QUIET: Quiet = {
    "twice": design(ns(computers=800, agent_interval_s=2 * 3600)),
    "4h for 34,000": design(ns(computers=34_000, agent_interval_s=4 * 3600)),
}
