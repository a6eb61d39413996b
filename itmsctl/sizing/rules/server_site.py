"""A management server of a hierarchy without a site of its own.

Each management server of a hierarchy needs a site that holds its own subnet, so that packages find their way to it
and from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at members of a hierarchy: the site each stands in, and the subnets of that."""
    with_subnet = {subnet.site for subnet in snapshot.subnets}
    for server in snapshot.servers:
        if server.parent is None and server.name not in snapshot.children:
            continue
        if server.site is None:
            fix = f"itmsctl management-server set {shell_arg(server.name)} --site SITE"
            yield Hit(server.name, f"`{server.name}` stands in no site", fix)
        elif server.site not in with_subnet:
            what = f"site `{server.site}` of `{server.name}` has no subnet"
            yield Hit(server.name, what, f"itmsctl subnet add CIDR --site {shell_arg(server.site)}")


RULE = Rule(
    "SZ-111",
    SiteSeverity.ERROR,
    "HIER-9",
    "in a hierarchy each management server needs a site with its own subnet",
    __doc__,
    check,
)
