"""Basic inventory more often than daily.

Agents send their basic inventory once a day: enough to identify a computer.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import DAY_S, said, too_often
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at the nearest two starts of each policy."""
    for policy, gap in too_often(snapshot, DAY_S, "basic-inventory"):
        yield Hit(
            policy.name,
            f"policy `{policy.name}` collects basic inventory every {said(gap)}",
            policy.typed("set", "--schedule DAILY"),
        )


RULE = Rule(
    "SZ-513",
    SiteSeverity.WARNING,
    "AGENT-9",
    "20 to 25 kbit from every computer, each time",
    __doc__,
    check,
)
