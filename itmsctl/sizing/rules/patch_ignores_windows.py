"""Patches that ignore windows, again and again.

A policy may ignore maintenance windows where a patch cannot wait. A recurring one takes the windows away from
everybody.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import starts
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at recurring patch policies in use that ignore windows."""
    for policy in snapshot.in_use("patch"):
        recurs = policy.schedule is not None and len(starts(policy.schedule, snapshot.now)) > 1
        if policy.ignore_windows and recurs:
            yield Hit(
                policy.name,
                f"policy `{policy.name}` patches by a recurring schedule and ignores windows",
                policy.typed("set", "--no-ignore-window"),
            )


RULE = Rule(
    "SZ-510",
    SiteSeverity.INFO,
    "SCHED-7, PATCH-13",
    "windows are ignored for zero-day cases; a policy that comes again and again is none",
    __doc__,
    check,
)
