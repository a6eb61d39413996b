"""Internet gateways that cannot stand in for one another.

Two or more gateways are for failover too. Where all but the largest hold fewer connections than are planned, a
failure leaves computers outside.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the connections of all gateways of a server with what is left without the largest."""
    loss = numbers.number("gateway_capacity", "virtual.loss_pct.max") / 100
    most = numbers.number("gateway_limits", "limit.concurrent.max")
    for server in snapshot.servers:
        mine = [gateway for gateway in snapshot.gateways if server.name in gateway.servers]
        room = sorted(most * (1 - loss * gateway.virtual) for gateway in mine)[:-1]
        planned = sum(gateway.concurrent or 0 for gateway in mine)
        if room and planned > sum(room):
            yield Hit(
                server.name,
                f"gateways of `{server.name}` hold {planned:,} connections; {int(sum(room)):,} if one fails",
                f"itmsctl gateway add NAME --leads-to {shell_arg(server.name)} --zone dmz",
            )


RULE = Rule(
    "SZ-410",
    SiteSeverity.INFO,
    "CEM-5, SIZE-5",
    "while one is down, the others have to carry its connections",
    __doc__,
    check,
)
