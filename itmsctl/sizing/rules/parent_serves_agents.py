"""Agents get their tasks from a parent.

Agents must not connect to a parent of a hierarchy for tasks: at least one task server is expected to stand between.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at management servers that have children."""
    for parent in snapshot.children:
        server = snapshot.server.get(parent)
        if server is not None and server.serves_agents:
            yield Hit(
                parent,
                f"`{parent}` has children, and agents get their tasks from it",
                f"itmsctl management-server set {shell_arg(parent)} --no-serves-agents",
            )


RULE = Rule(
    "SZ-108",
    SiteSeverity.WARNING,
    "SITE-22, A-21",
    "the parent replicates with its children; agents that turn to it for tasks come on top",
    __doc__,
    check,
)
