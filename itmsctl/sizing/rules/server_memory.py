"""A management server with less memory than the table.

Table 4-2 gives memory for the number of computers; the parent of a hierarchy needs more in one band. Console sessions
come on top. A server with its database on the same machine is compared with table 4-7 instead (SZ-211).
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
    """Compare what is stated with the row of the computers, and the planned sessions."""
    each = numbers.number("console", "memory_mb_per_session") / 1000
    for server in (one for one in snapshot.servers if one.database != ON_BOX and one.ram_gb is not None):
        row = number_at(numbers, "management_hardware", server.computers, "ram_gb")
        if server.name in snapshot.children:
            row = number_at(numbers, "management_hardware", server.computers, "ram_gb.parent") or row
        wanted = None if row is None else row + each * ((server.consoles or 0) + (server.asset_consoles or 0))
        if wanted is not None and (server.ram_gb or 0) < wanted:
            yield Hit(
                server.name,
                f"`{server.name}` has {server.ram_gb:g} GB for {server.computers:,} computers; "
                f"{wanted:g} GB are advised",
                f"itmsctl management-server set {shell_arg(server.name)} --ram-gb {wanted:g}",
            )


RULE = Rule(
    "SZ-202",
    SiteSeverity.WARNING,
    "SIZE-8, UI-3, table 4-2",
    "each console session holds about 20 MB on top (SIZE-6); a parent of 10,000 to 20,000 computers needs 24 GB",
    __doc__,
    check,
)
