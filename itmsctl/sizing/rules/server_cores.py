"""A management server with fewer cores than the table.

Table 4-2 gives cores for the number of computers: 8 up to 10,000, then 16, then 32. Fewer are felt first in the
queues of events. A server with its database on the same machine is compared with table 4-7 instead (SZ-211).
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
    """Compare what is stated with the row of the computers."""
    for server in snapshot.servers:
        wanted = number_at(numbers, "management_hardware", server.computers, "cores")
        if server.database != ON_BOX and server.cores is not None and wanted is not None and server.cores < wanted:
            yield Hit(
                server.name,
                f"`{server.name}` has {server.cores} cores for {server.computers:,} computers; {wanted:g} are advised",
                f"itmsctl management-server set {shell_arg(server.name)} --cores {wanted:g}",
            )


RULE = Rule(
    "SZ-201",
    SiteSeverity.WARNING,
    "NS hardware, table 4-2",
    "figures of the guide are recommendations for most environments (SIZE-10)",
    __doc__,
    check,
)
