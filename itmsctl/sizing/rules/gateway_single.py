"""A management server with one internet gateway.

Two or more gateways are advised: for failover, for sharing load, for going on while one is updated. One gateway may
serve several management servers.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Count the gateways of each management server that has some."""
    least = numbers.whole("gateway_capacity", "count.min")
    for server in snapshot.servers:
        mine = [gateway.name for gateway in snapshot.gateways if server.name in gateway.servers]
        if 0 < len(mine) < least:
            yield Hit(
                server.name,
                f"`{server.name}` is reached from outside through `{mine[0]}` alone; {least} gateways are advised",
                f"itmsctl gateway add NAME --leads-to {shell_arg(server.name)} --zone dmz",
            )


RULE = Rule(
    "SZ-404",
    SiteSeverity.WARNING,
    "CEM-5",
    "when it fails, every computer outside is on its own",
    __doc__,
    check,
)
