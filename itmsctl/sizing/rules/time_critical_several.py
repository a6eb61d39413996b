"""Several time-critical policies.

A computer uses one time-critical policy. Where several are in use and may meet on a computer, which one counts is
chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for sites, or computers outside any, that more than one such policy in use hits."""
    several = list(snapshot.in_use("time-critical-inventory"))
    for first, second in combinations(several, 2):
        shared = sorted(first.by_site.keys() & second.by_site.keys())
        if shared:
            where = f"site `{shared[-1]}`" if shared[-1] else "the same computers"
            yield Hit(
                second.name,
                f"policies `{first.name}` and `{second.name}` both reach {where}",
                second.typed("disable"),
            )


RULE = Rule(
    "SZ-508",
    SiteSeverity.WARNING,
    "INV-32",
    "of several that arrive the first that is processed is used, and the rest ignored",
    __doc__,
    check,
)
