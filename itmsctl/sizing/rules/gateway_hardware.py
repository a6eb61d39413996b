"""An internet gateway that is smaller than the table.

Table 4-6 gives two cores, 8 GB, 40 GB of disk and two network adapters, one for each side.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.shortage import options, said, too_small
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated with the table."""
    wanted = {metric: numbers.number("gateway_hardware", metric) for metric in ("cores", "ram_gb", "disk_gb", "nics")}
    for gateway in snapshot.gateways:
        short = too_small(gateway, wanted)
        if short:
            yield Hit(
                gateway.name,
                f"gateway `{gateway.name}` is small; {said(short)} are advised",
                f"itmsctl gateway set {shell_arg(gateway.name)} {options(short)}",
            )


RULE = Rule(
    "SZ-406",
    SiteSeverity.WARNING,
    "CEM-13, table 4-6",
    "figures of the guide are recommendations for most environments (SIZE-10)",
    __doc__,
    check,
)
