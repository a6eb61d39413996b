"""The database may take nearly all memory.

The limit of the database's memory should be what is installed less 4 to 6 GB. With less left, the operating system
takes memory away from the database when it is busiest.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.hierarchy.kinds import ON_BOX
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the limit with the memory of the database server, or of the machine that holds both."""
    least = numbers.number("database_memory", "leave_for_os_gb.min")
    for server in snapshot.servers:
        ram = server.database_ram_gb if server.database_ram_gb is not None else server.ram_gb
        most = server.database_memory_gb
        if most is None or ram is None or (server.database_ram_gb is None and server.database != ON_BOX):
            continue
        if ram - most < least:
            yield Hit(
                server.name,
                f"the database of `{server.name}` may take {most:g} of {ram:g} GB; {least:g} GB should be left",
                f"itmsctl management-server set {shell_arg(server.name)} --database-memory-gb {max(1, ram - least):g}",
            )


RULE = Rule(
    "SZ-205",
    SiteSeverity.WARNING,
    "DB-6, table 3-2",
    "what is left is for the operating system; without it the machine pages",
    __doc__,
    check,
)
