"""A machine for server and database that is too small.

Table 4-7 gives cores and memory of a machine that holds both: 8 cores and 16 GB up to 1,000 computers, 12 cores and
20 GB up to 5,000.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.hierarchy.kinds import ON_BOX
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.shortage import options, said, too_small
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the cores and memory of servers whose database is on-box."""
    cells = {"cores": "cores.min", "ram_gb": "ram_gb"}
    for server in (one for one in snapshot.servers if one.database == ON_BOX):
        wanted = {name: number_at(numbers, "on_box_hardware", server.computers, cell) for name, cell in cells.items()}
        short = too_small(server, wanted)
        if short:
            yield Hit(
                server.name,
                f"`{server.name}` holds server and database of {server.computers:,} computers; "
                f"{said(short)} are advised",
                f"itmsctl management-server set {shell_arg(server.name)} {options(short)}",
            )


RULE = Rule(
    "SZ-211",
    SiteSeverity.WARNING,
    "DB-12, table 4-7, C-21",
    "one machine does the work of two",
    __doc__,
    check,
)
