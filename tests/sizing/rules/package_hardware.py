"""Cases of SZ-402."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, server

FIRES: Fires = {
    "disk": (design(server("package", carries=100, cores=2, ram_gb=2, disk_gb=99)), ["s1"]),
    "cores": (design(server("package", carries=1001, cores=2)), ["s1"]),
}
QUIET: Quiet = {
    "as the table": design(server("package", carries=1001, cores=4, ram_gb=4, disk_gb=100)),
    "nobody uses it": design(server("package", carries=0, cores=1)),
}
