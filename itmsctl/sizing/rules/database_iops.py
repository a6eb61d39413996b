"""A volume of the database that is too slow.

Table 4-1 gives operations a second for each volume of the database server: data from 200 to 1,200, log up to 600,
temporary tables up to 1,200, operating system 180.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.hierarchy.kinds import ON_BOX
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated of each volume with the row of the computers."""
    rows = {"os": "iops.os", "data": "iops.data", "log": "iops.logs", "tempdb": "iops.temp"}
    for server in (one for one in snapshot.servers if one.database != ON_BOX):
        for use, metric in rows.items():
            wanted = number_at(numbers, "database_hardware", server.computers, metric)
            have = server.iops.get(use)
            if have is not None and wanted is not None and have < wanted:
                others = "".join(
                    f" --iops {shell_arg(f'{name}={value}')}" for name, value in server.iops.items() if name != use
                )
                yield Hit(
                    server.name,
                    f"the {use} volume of `{server.name}` does {have} operations a second; {wanted:g} are advised",
                    f"itmsctl management-server set {shell_arg(server.name)}{others} --iops {use}={wanted:g}",
                )


RULE = Rule(
    "SZ-208",
    SiteSeverity.WARNING,
    "SIZE-2, DB-9, table 4-1",
    "a hard disk does 150 to 200 operations a second; RAID 10 of many, or solid state disks, do more",
    __doc__,
    check,
)
