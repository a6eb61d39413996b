"""Computers in a site that no management server manages.

Every computer has one management server. Where several exist, each says whose computers it manages; a site that none
of them names is nobody's.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for sites with computers that no management server names."""
    for site in snapshot.sites if snapshot.servers else ():
        if site.computers and not snapshot.managed_by(site.name):
            first = shell_arg(snapshot.servers[0].name)
            sites = " ".join(f"--manages {shell_arg(name)}" for name in (*snapshot.servers[0].sites[:2], site.name))
            more = " ..." if len(snapshot.servers[0].sites) > 2 else ""
            yield Hit(
                site.name,
                f"site `{site.name}` has {site.computers:,} computers and no management server",
                f"itmsctl management-server set {first} {sites}{more}",
            )


RULE = Rule(
    "SZ-109",
    SiteSeverity.WARNING,
    "PLAT-4, HIER-21",
    "its computers would ask nobody for their configuration",
    __doc__,
    check,
)
