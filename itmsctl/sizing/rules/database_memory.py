"""A database server with less memory than the table.

Table 4-1 gives memory of the database server for the number of computers: from 12 GB to 64 GB.
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
        wanted, have = number_at(numbers, "database_hardware", server.computers, "ram_gb"), server.database_ram_gb
        if have is not None and wanted is not None and have < wanted:
            yield Hit(
                server.name,
                f"the database of `{server.name}` has {have:g} GB for {server.computers:,} computers; "
                f"{wanted:g} GB are advised",
                f"itmsctl management-server set {shell_arg(server.name)} --database-ram-gb {wanted:g}",
            )


RULE = Rule(
    "SZ-204",
    SiteSeverity.WARNING,
    "SIZE-2, table 4-1",
    "what the database does not hold in memory it reads from disks",
    __doc__,
    check,
)
