"""Cases of SZ-301."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "1h for 5,001": (design(ns(computers=5001, agent_interval_s=3600)), ["hq"]),
    "half an hour": (design(ns(computers=800, agent_interval_s=1800)), ["hq"]),
    "above 15,000": (design(ns(computers=34_000, agent_interval_s=3 * 3600)), ["hq"]),
}
QUIET: Quiet = {
    "1h for 5,000": design(ns(computers=5000, agent_interval_s=3600)),
    "longer": design(ns(computers=800, agent_interval_s=7200)),
    "not stated": design(ns(computers=34_000)),
    "no computers": design(ns(computers=0, agent_interval_s=60)),
}
