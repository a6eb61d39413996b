"""Cases of SZ-216."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns

FIRES: Fires = {
    "large": (design(ns(computers=1001, virtual=True)), ["hq"]),
}
QUIET: Quiet = {
    "small": design(ns(computers=1000, virtual=True)),
    "physical": design(ns(computers=20_000)),
}
