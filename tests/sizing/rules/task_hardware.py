"""Cases of SZ-401."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, server

FIRES: Fires = {
    "cores": (design(server("task", carries=5001, cores=4, ram_gb=8)), ["s1"]),
    "memory": (design(server("task", carries=1000, cores=4, ram_gb=2)), ["s1"]),
}
QUIET: Quiet = {
    "as the table": design(server("task", carries=5001, cores=8, ram_gb=8)),
    "not stated": design(server("task", carries=5001)),
    "another service": design(server("package", carries=5001, cores=1)),
}
