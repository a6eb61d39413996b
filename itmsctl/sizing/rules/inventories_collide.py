"""Inventories that start at the same moment.

As shipped, full, delta software and server inventories all start on Monday at 18:00, and once a month the delta of
hardware too. Give them distinct schedules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import starts
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import DesignPolicy, Snapshot

KINDS = ("full-inventory", "delta-inventory")


def moments(policy: DesignPolicy, snapshot: Snapshot) -> dict[datetime, datetime]:
    """Return the starts of a policy: in UTC, and as its clock shows them."""
    due = starts(policy.schedule, snapshot.now) if policy.schedule is not None else ()
    return {one.utc: one.local for one in due}


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the starts of inventory policies in use, over five weeks; each pair is told once."""
    found = [(one, moments(one, snapshot)) for one in snapshot.in_use(*KINDS)]
    for (first, ours), (second, theirs) in combinations(found, 2):
        both = sorted(ours.keys() & theirs.keys())
        if both and first.computers and second.computers:
            yield Hit(
                second.name,
                f"policies `{first.name}` and `{second.name}` both start on {ours[both[0]]:%A at %H:%M}",
                second.typed("set", "--schedule OTHER"),
            )


RULE = Rule(
    "SZ-503",
    SiteSeverity.WARNING,
    "C-29, INV-40, table 6-1",
    "all kinds at once load clients, network and management server; use distinct schedules",
    __doc__,
    check,
)
