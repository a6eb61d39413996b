"""Too many site servers under one management server of several.

A management server is tested with 600 package servers, 600 task servers and 300 boot servers. Where there is one
management server only, `site check` says so; this rule looks at each of several.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Count the site servers of each service in the sites of each management server."""
    for server in snapshot.servers if len(snapshot.servers) > 1 else ():
        for service in ("package", "task", "boot"):
            most = numbers.whole("management_limits", f"limit.{service}_servers.max")
            count = len(snapshot.hosting_for(server, service))
            if count > most:
                yield Hit(
                    server.name,
                    f"`{server.name}` has {count} {service} servers in its sites; {most} are the most",
                    f"itmsctl server list --service {service}",
                )


RULE = Rule(
    "SZ-103",
    SiteSeverity.WARNING,
    "SITE-19, table 4-8",
    "a management server is tested with so many",
    __doc__,
    check,
)
