"""Agents get their tasks from the management server.

The management server has the least functions of a site server only. Agents should get their tasks from a task server;
beyond a thousand computers this is felt. Inside a hierarchy without deployment it is tolerated (C-25).
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg

MANY = 1_000  # a convention: the guide gives no number


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at servers that serve agents, have no children, and more than a thousand computers."""
    for server in snapshot.servers:
        parent = server.name in snapshot.children  # SZ-108 says it of parents
        tolerated = server.parent is not None and not server.deployment
        if server.serves_agents and not parent and not tolerated and server.computers > MANY:
            yield Hit(
                server.name,
                f"{server.computers:,} agents get their tasks from `{server.name}` itself",
                f"itmsctl management-server set {shell_arg(server.name)} --no-serves-agents",
            )


RULE = Rule(
    "SZ-116",
    SiteSeverity.WARNING,
    "TASK-2, SITE-20, C-25",
    "tasks load its processors and memory, and slow the loading of data and the console (TASK-10)",
    __doc__,
    check,
)
