"""Time-critical inventory more often than hourly.

The time-critical policy collects a few classes several times a day. More often than every hour it is no longer a few.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import HOUR_S, said, too_often
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at the nearest two starts of each policy."""
    for policy, gap in too_often(snapshot, HOUR_S, "time-critical-inventory"):
        yield Hit(
            policy.name,
            f"policy `{policy.name}` collects time-critical inventory every {said(gap)}",
            policy.typed("set", "--schedule EVERY-4-HOURS"),
        )


RULE = Rule(
    "SZ-507",
    SiteSeverity.WARNING,
    "INV-29, A-08",
    "it repeats at an interval of hours",
    __doc__,
    check,
)
