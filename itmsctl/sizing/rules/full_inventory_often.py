"""Full inventory more often than weekly.

A full inventory belongs once a month, in small sites once a week at most; deltas run between. Raising its frequency
to catch computers that are seldom there only makes redundant data (INV-41).
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
    for policy, gap in too_often(snapshot, 7 * DAY_S, "full-inventory"):
        yield Hit(
            policy.name,
            f"policy `{policy.name}` collects a full inventory of {policy.computers:,} computers every {said(gap)}",
            policy.typed("set", "--schedule MONTHLY"),
        )


RULE = Rule(
    "SZ-501",
    SiteSeverity.WARNING,
    "INV-26, C-01",
    "redundant events are processed first and then discarded (NS-4)",
    __doc__,
    check,
)
