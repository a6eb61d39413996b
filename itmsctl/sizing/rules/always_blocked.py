"""A policy that is due in blockout periods only.

A blockout period forbids all contact. A policy whose every start of the next five weeks lies inside one that applies
to all computers does its work late, or never.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import HORIZON, starts
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot

FEW = 40  # starts that are compared: of more the first say enough


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the starts of policies in use with the blockout periods of all computers."""
    blocked = [
        (due.utc, due.utc + timedelta(seconds=window.duration_s))
        for window in snapshot.windows
        if window.enabled and window.everywhere and window.type == "blockout"
        for due in starts(window.schedule, snapshot.now - timedelta(seconds=window.duration_s), HORIZON * 2)
    ]
    for policy in snapshot.in_use() if blocked else ():
        due = starts(policy.schedule, snapshot.now) if policy.schedule is not None else ()
        if due and all(any(begin <= one.utc < end for begin, end in blocked) for one in due[:FEW]):
            yield Hit(
                policy.name,
                f"policy `{policy.name}` is due in blockout periods only, next on {due[0].local:%A at %H:%M}",
                policy.typed("set", "--schedule OTHER"),
            )


RULE = Rule(
    "SZ-515",
    SiteSeverity.ERROR,
    "SCHED-6",
    "in a blockout period agents and server do not talk at all",
    __doc__,
    check,
)
