"""Cases of SZ-211."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "few cores": (design(ns(computers=800, database="on-box", cores=4, ram_gb=16)), ["hq"]),
    "little memory": (design(ns(computers=1001, database="on-box", cores=12, ram_gb=16)), ["hq"]),
    "a gap of the table": (design(ns(computers=50, database="on-box", cores=4)), ["hq"]),
}
QUIET: Quiet = {
    "as the table": design(ns(computers=1001, database="on-box", cores=12, ram_gb=20)),
    "not stated": design(ns(computers=1001, database="on-box")),
    "above the table": design(ns(computers=6000, database="on-box", cores=1, ram_gb=1)),
    "off-box": design(ns(computers=800, database="off-box", cores=4)),
}
