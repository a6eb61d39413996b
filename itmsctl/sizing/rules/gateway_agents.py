"""Too many agents for one internet gateway.

A gateway is planned for 30,000 agents, a virtual one for 60 % of that (SIZE-5).
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the planned agents with what each carries."""
    loss = numbers.number("gateway_capacity", "virtual.loss_pct.max") / 100
    for gateway in snapshot.gateways:
        most = int(numbers.number("gateway_limits", "limit.agents.max") * (1 - loss * gateway.virtual))
        if gateway.agents is not None and gateway.agents > most:
            yield Hit(
                gateway.name,
                f"gateway `{gateway.name}` is planned for {gateway.agents:,} agents; {most:,} are the most",
                "itmsctl gateway add NAME --leads-to SERVER --zone dmz",
            )


RULE = Rule(
    "SZ-408",
    SiteSeverity.WARNING,
    "CEM-11, SIZE-5, table 4-8, C-07",
    "30,000 agents are planned for one gateway, less on a virtual machine; 60,000 are the ceiling",
    __doc__,
    check,
)
