"""A hierarchy where one management server would do.

A hierarchy is for more computers than one server carries, or for domains that must be apart. Where all computers of a
tree fit under one management server, sites and organizational groups are the simpler design.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import DesignManagementServer, Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Add up the computers of each tree."""
    most = numbers.whole("management_limits", "limit.computers.max")
    for top in (server for server in snapshot.servers if server.parent is None and server.name in snapshot.children):
        names = [top.name]
        tree: list[DesignManagementServer] = []
        while names and len(tree) <= len(snapshot.servers):
            tree.append(snapshot.server[names.pop()])
            names += snapshot.children.get(tree[-1].name, ())
        total = sum(server.computers for server in tree)
        if 0 < total <= most:
            yield Hit(
                top.name,
                f"{len(tree)} management servers of a hierarchy for {total:,} computers; one carries {most:,}",
                "itmsctl management-server list",
            )


RULE = Rule(
    "SZ-115",
    SiteSeverity.INFO,
    "HIER-27, HIER-5",
    "sites and groups do for geography; a hierarchy costs replication and care on every server",
    __doc__,
    check,
)
