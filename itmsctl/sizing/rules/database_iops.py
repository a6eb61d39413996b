"""A volume of the database that is too slow.

Table 4-1 gives operations a second for each volume of the database server: data from 200 to 1,200, log up to 600,
temporary tables up to 1,200, operating system 180.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.hierarchy.kinds import ON_BOX
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at, setting
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated of each volume with the row of the computers."""
    rows = {"os": "iops.os", "data": "iops.data", "log": "iops.logs", "tempdb": "iops.temp"}
    for server in (one for one in snapshot.servers if one.database != ON_BOX):
        advised = {use: number_at(numbers, "database_hardware", server.computers, row) for use, row in rows.items()}
        slow = {use: wanted for use, wanted in advised.items() if wanted and server.iops.get(use, wanted) < wanted}
        if slow:
            said = ", ".join(f"{use} {server.iops[use]} of {wanted:g}" for use, wanted in slow.items())
            fixed = {**server.iops, **{use: f"{wanted:g}" for use, wanted in slow.items()}}
            yield Hit(
                server.name,
                f"volumes of `{server.name}` do fewer operations a second than are advised: {said}",
                setting(server.name, "iops", fixed),
            )


RULE = Rule(
    "SZ-208",
    SiteSeverity.WARNING,
    "SIZE-2, DB-9, table 4-1",
    "a hard disk does 150 to 200 operations a second; RAID 10 of many, or solid state disks, do more",
    __doc__,
    check,
)
