"""Cases of SZ-207."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "data and log": (design(ns(computers=1001, volumes={"data": "D:", "log": "d:", "os": "C:"})), ["hq"]),
    "two pairs": (
        design(ns(computers=5000, volumes={"os": "C:", "data": "C:", "log": "E:", "tempdb": "E:"})),
        ["hq"],
    ),
    "small, with the system": (design(ns(computers=1000, volumes={"os": "C:", "data": "C:"})), ["hq"]),
}
QUIET: Quiet = {
    "small ones share": design(ns(computers=1000, volumes={"os": "C:", "data": "D:", "log": "D:", "tempdb": "D:"})),
    "apart": design(ns(computers=5000, volumes={"os": "C:", "data": "D:", "log": "E:", "tempdb": "F:"})),
    "on-box": design(ns(computers=1001, volumes={"data": "D:", "log": "D:"}, database="on-box")),
}
