"""Deployment without a server for tasks and packages of its own.

Where deployment is used in a hierarchy, the site of each management server needs a site server that hosts both the
task and the package service (and the boot service, where it is needed).
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for one site server with both services in the site of each server that uses deployment."""
    for server in snapshot.servers:
        in_hierarchy = server.parent is not None or server.name in snapshot.children
        if not (in_hierarchy and server.deployment and server.site is not None):
            continue
        if not any("package" in one.services for one in snapshot.serving(server.site, "task")):
            yield Hit(
                server.name,
                f"`{server.name}` uses deployment; its site has no server for both tasks and packages",
                f"itmsctl server add COMPUTER --service task --service package --site {shell_arg(server.site)}",
            )


RULE = Rule(
    "SZ-113",
    SiteSeverity.WARNING,
    "HIER-9, C-14",
    "deployment stands on task services, and images are packages",
    __doc__,
    check,
)
