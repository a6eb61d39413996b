"""An internet gateway that leads nowhere.

A gateway forwards agents to the management servers that it knows.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for gateways without management servers."""
    for gateway in snapshot.gateways:
        if not gateway.servers:
            yield Hit(
                gateway.name,
                f"gateway `{gateway.name}` leads to no management server",
                f"itmsctl gateway set {shell_arg(gateway.name)} --leads-to SERVER",
            )


RULE = Rule(
    "SZ-411",
    SiteSeverity.WARNING,
    "CEM-4",
    "agents that come to it are turned away",
    __doc__,
    check,
)
