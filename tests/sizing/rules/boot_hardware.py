"""Cases of SZ-403."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, server

FIRES: Fires = {
    "memory": (design(server("boot", carries=5001, ram_gb=4)), ["s1"]),
}
QUIET: Quiet = {
    "as the table": design(server("boot", carries=100, cores=1, ram_gb=4, disk_gb=100)),
}
