"""A hierarchy that turns in a circle.

The hierarchy is a tree: no management server stands above itself. The CMDB refuses such a parent; this rule finds one
in a design that came from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.hierarchy.ancestry import cycle_through
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Follow the parents of each management server; a circle is told once, by its first name."""
    parents = {server.name: server.parent for server in snapshot.servers}
    for server in snapshot.servers:
        way = cycle_through(server.name, parents)
        if way and server.name == min(way):
            yield Hit(
                server.name,
                " is below ".join(f"`{name}`" for name in way),
                f"itmsctl management-server set {shell_arg(server.name)} --unset parent",
            )


RULE = Rule(
    "SZ-107",
    SiteSeverity.ERROR,
    "HIER-3",
    "a child knows its parent alone: in a circle nobody is the top, and replication never ends",
    __doc__,
    check,
)
