"""A database on the management server.

Even below 5,000 computers a database on a machine of its own is advised. Where it stays, the best value is mirrored
hard disks for the operating system and the management server, and solid state disks for the database.
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
    """Name the servers whose database is on-box, below the limit."""
    most = numbers.whole("on_box", "limit.computers.max")
    for server in snapshot.servers:
        if server.database == ON_BOX and server.computers <= most:
            yield Hit(
                server.name,
                f"`{server.name}` has its database on-box",
                f"itmsctl management-server set {shell_arg(server.name)} --database off-box",
            )


RULE = Rule(
    "SZ-210",
    SiteSeverity.INFO,
    "DB-12, table 4-9",
    "allowed up to 5,000 computers; slower, first in the console and in collecting inventory",
    __doc__,
    check,
)
