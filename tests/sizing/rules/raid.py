"""Cases of SZ-206."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "data": (design(ns(raid={"data": "5", "log": "10"})), ["hq"]),
    "all": (design(ns(raid={"data": "5", "log": "5", "tempdb": "5"})), ["hq"]),
}
QUIET: Quiet = {
    "10": design(ns(raid={"data": "10", "log": "0+1"})),
    "packages may": design(ns(raid={"packages": "5"})),
    "not stated": design(ns()),
}
