"""A management server of a hierarchy without a package server in its site.

Packages go from the parent's package server to those of the children. Without a package server in the site of each
management server there is no such way.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for a package server in the site of each member of a hierarchy."""
    for server in snapshot.servers:
        in_hierarchy = server.parent is not None or server.name in snapshot.children
        if in_hierarchy and server.site is not None and not snapshot.serving(server.site, "package"):
            yield Hit(
                server.name,
                f"site `{server.site}` of `{server.name}` has no package server",
                f"itmsctl server add COMPUTER --service package --site {shell_arg(server.site)}",
            )


RULE = Rule(
    "SZ-112",
    SiteSeverity.ERROR,
    "HIER-9, PKG-15",
    "package servers of the children are sent to the parent's package server for what they download",
    __doc__,
    check,
)
