"""Too many connections for one internet gateway.

A gateway holds 15,000 connections at once, a virtual one 60 % of that (SIZE-5).
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the planned connections with what each carries."""
    loss = numbers.number("gateway_capacity", "virtual.loss_pct.max") / 100
    for gateway in snapshot.gateways:
        most = int(numbers.number("gateway_limits", "limit.concurrent.max") * (1 - loss * gateway.virtual))
        if gateway.concurrent is not None and gateway.concurrent > most:
            yield Hit(
                gateway.name,
                f"gateway `{gateway.name}` is planned for {gateway.concurrent:,} connections at once; "
                f"{most:,} are the most",
                "itmsctl gateway add NAME --leads-to SERVER --zone dmz",
            )


RULE = Rule(
    "SZ-409",
    SiteSeverity.WARNING,
    "CEM-11, SIZE-5, table 4-8",
    "15,000 connections at once are the most of one gateway, less on a virtual machine",
    __doc__,
    check,
)
