"""Delta inventory too often.

A delta costs the clients as much as a full inventory; what it sends is smaller. Above 10,000 computers of a
management server it runs weekly, below daily at most.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import DAY_S, said, too_often
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at the nearest two starts of each policy; the largest management server decides."""
    many = numbers.whole("inventory_advice", "delta_advice.threshold")
    largest = max((server.computers for server in snapshot.servers), default=snapshot.computers)
    least = 7 * DAY_S if largest > many else DAY_S
    for policy, gap in too_often(snapshot, least, "delta-inventory"):
        yield Hit(
            policy.name,
            f"policy `{policy.name}` collects a delta inventory every {said(gap)}; {said(least)} is advised",
            policy.typed("set", "--schedule WEEKLY"),
        )


RULE = Rule(
    "SZ-502",
    SiteSeverity.WARNING,
    "INV-27, C-02, table 6-3",
    "weekly above 10,000 computers, daily at most below",
    __doc__,
    check,
)
