"""A database server with fewer cores than the table.

Table 4-1 gives cores of the database server for the number of computers: 4 up to 1,000, 8 up to 10,000, then 16 and
32.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated with the row of the computers."""
    for server in snapshot.servers:
        wanted, have = number_at(numbers, "database_hardware", server.computers, "cores"), server.database_cores
        if have is not None and wanted is not None and have < wanted:
            yield Hit(
                server.name,
                f"the database of `{server.name}` has {have} cores for {server.computers:,} computers; "
                f"{wanted:g} are advised",
                f"itmsctl management-server set {shell_arg(server.name)} --database-cores {wanted:g}",
            )


RULE = Rule(
    "SZ-203",
    SiteSeverity.WARNING,
    "SIZE-2, table 4-1",
    "the throughput of the database decides how fast everything else is (TUNE-5)",
    __doc__,
    check,
)
