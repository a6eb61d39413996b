"""A management server on a virtual machine.

Virtual machines will do. Keep their whole allocation reserved, even where the baseline looks idle; avoid snapshots
and oversubscribed hosts.
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
    """Name the virtual ones that have more than a thousand computers."""
    for server in snapshot.servers:
        if server.virtual and server.computers > MANY:
            yield Hit(
                server.name,
                f"`{server.name}` is a virtual machine for {server.computers:,} computers: reserve all of it",
                f"itmsctl management-server show {shell_arg(server.name)}",
            )


RULE = Rule(
    "SZ-216",
    SiteSeverity.INFO,
    "SIZE-9",
    "load comes in bursts around schedules; a host that lends the allocation to others is the main cause of latency",
    __doc__,
    check,
)
