"""A database on the management server, for too many computers.

The database may stand on the management server's machine for up to 5,000 computers. Above that it needs a machine of
its own.
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
    """Compare the computers of servers whose database is on-box."""
    most = numbers.whole("on_box", "limit.computers.max")
    for server in snapshot.servers:
        if server.database == ON_BOX and server.computers > most:
            yield Hit(
                server.name,
                f"`{server.name}` has its database on-box for {server.computers:,} computers; {most:,} are the most",
                f"itmsctl management-server set {shell_arg(server.name)} --database off-box",
            )


RULE = Rule(
    "SZ-209",
    SiteSeverity.ERROR,
    "DB-12, tables 4-7 and 4-9",
    "above 5,000 computers the table prints `not recommended` and drops the permission",
    __doc__,
    check,
)
