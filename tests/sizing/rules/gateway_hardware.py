"""Cases of SZ-406."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, gateway

FIRES: Fires = {
    "one adapter": (design(gateway(cores=2, ram_gb=8, disk_gb=40, nics=1)), ["edge"]),
    "all": (design(gateway(cores=1, ram_gb=4, disk_gb=20, nics=1)), ["edge"]),
}
QUIET: Quiet = {
    "as the table": design(gateway(cores=2, ram_gb=8, disk_gb=40, nics=2)),
    "not stated": design(gateway()),
}
