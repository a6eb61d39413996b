"""A management server of several without a task server.

At least one task server is advised for each management server. Inside a hierarchy its own task service will do where
no deployment is used (C-25): then this is silent. Where there is one management server only, `site check` says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for a task server in the sites of each management server that has computers."""
    for server in snapshot.servers if len(snapshot.servers) > 1 else ():
        in_hierarchy = server.parent is not None or server.name in snapshot.children
        tolerated = in_hierarchy and not server.deployment
        if server.computers and not tolerated and not snapshot.hosting_for(server, "task"):
            yield Hit(
                server.name,
                f"`{server.name}` manages {server.computers:,} computers and has no task server",
                f"itmsctl server add COMPUTER --service task --site {shell_arg(server.site or 'SITE')}",
            )


RULE = Rule(
    "SZ-105",
    SiteSeverity.WARNING,
    "TASK-2, HIER-9, C-25",
    "agents turn to the management server for tasks, which slows the loading of data and the console (TASK-10)",
    __doc__,
    check,
)
