"""An internet gateway outside the DMZ.

Gateways stand in a DMZ between two firewalls: the outer lets agents in, the inner lets the gateway alone reach
management and site servers.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the stated zone."""
    zone = str(numbers.cell("gateway_capacity", "zone").value)
    for gateway in snapshot.gateways:
        if gateway.zone is not None and zone not in gateway.zone.casefold():
            yield Hit(
                gateway.name,
                f"gateway `{gateway.name}` stands in zone `{gateway.zone}`",
                f"itmsctl gateway set {shell_arg(gateway.name)} --zone {zone}",
            )


RULE = Rule(
    "SZ-407",
    SiteSeverity.WARNING,
    "CEM-3",
    "it is reached from the internet: it stands in a demilitarised zone, between two firewalls",
    __doc__,
    check,
)
