"""A database on RAID 5.

Data, log and temporary tables are written all the time. RAID 10 and 0+1 are advised; RAID 5 is not. Analyse the
throughput first.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, setting
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at the levels of the volumes that the database writes."""
    cell = numbers.cell("database_disk", "raid.not_recommended").value
    refused = set(cell) if isinstance(cell, tuple) else {str(cell)}
    for server in snapshot.servers:
        uses = [use for use in ("data", "log", "tempdb") if server.raid.get(use) in refused]
        if uses:
            yield Hit(
                server.name,
                f"`{server.name}` has its {', '.join(uses)} on RAID {server.raid[uses[0]]}",
                setting(server.name, "raid", {**server.raid, **dict.fromkeys(uses, "10")}),
            )


RULE = Rule(
    "SZ-206",
    SiteSeverity.WARNING,
    "DB-9",
    "each write of RAID 5 is four accesses to disks; RAID 10 or 0+1 is advised",
    __doc__,
    check,
)
