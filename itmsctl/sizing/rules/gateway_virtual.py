"""An internet gateway on a virtual machine.

Gateways on virtual hardware are not recommended: connections are many and short, and up to 40 % of the scale is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Name the virtual ones."""
    loss = numbers.whole("gateway_capacity", "virtual.loss_pct.max")
    for gateway in snapshot.gateways:
        if gateway.virtual:
            yield Hit(
                gateway.name,
                f"gateway `{gateway.name}` is a virtual machine, which may cost {loss} % of its scale",
                f"itmsctl gateway set {shell_arg(gateway.name)} --no-virtual",
            )


RULE = Rule(
    "SZ-405",
    SiteSeverity.WARNING,
    "CEM-12",
    "a virtual machine carries up to 40 % less",
    __doc__,
    check,
)
