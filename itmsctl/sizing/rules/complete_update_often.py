"""Complete updates of membership by policy more often than daily.

A policy whose task updates all memberships from nothing should run once a day, at night.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import HOUR_S, said, too_often
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at the nearest two starts of policies that run a complete update."""
    day = numbers.number("membership", "complete.interval_h") * HOUR_S
    for policy, gap in too_often(snapshot, day):
        if any(task.kind == "membership-update" and task.arguments.get("mode") == "complete" for task in policy.tasks):
            yield Hit(
                policy.name,
                f"policy `{policy.name}` rebuilds all memberships every {said(gap)}",
                policy.typed("set", "--schedule NIGHTLY"),
            )


RULE = Rule(
    "SZ-514",
    SiteSeverity.WARNING,
    "MEMB-3, MEMB-8",
    "it builds all memberships from nothing",
    __doc__,
    check,
)
