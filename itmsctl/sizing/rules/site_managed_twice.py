"""A site that two management servers manage.

A computer belongs to one management server at a time. Where two name the same site, its computers are counted for
both, and their ownership changes to and fro (HIER-20).
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for sites that more than one management server names."""
    for site in snapshot.sites:
        names = [server.name for server in snapshot.managed_by(site.name)]
        if len(names) > 1:
            yield Hit(
                site.name,
                f"site `{site.name}` is managed by " + ", ".join(f"`{name}`" for name in names),
                f"itmsctl management-server set {shell_arg(names[-1])} --manages SITE",
            )


RULE = Rule(
    "SZ-110",
    SiteSeverity.WARNING,
    "HIER-21",
    "each resource has one owner; a parent has to find it out and tells the children",
    __doc__,
    check,
)
