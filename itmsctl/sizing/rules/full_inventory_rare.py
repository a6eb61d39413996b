"""Full inventory less often than monthly.

A full inventory belongs once a month. One that does not come within five weeks leaves removed software in the CMDB.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import starts
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for a start within five weeks."""
    for policy in snapshot.in_use("full-inventory"):
        if policy.schedule is not None and policy.event is None and not starts(policy.schedule, snapshot.now):
            yield Hit(
                policy.name,
                f"policy `{policy.name}` collects no full inventory in the next five weeks",
                policy.typed("set", "--schedule MONTHLY"),
            )


RULE = Rule(
    "SZ-512",
    SiteSeverity.INFO,
    "INV-26, table 6-3, C-01",
    "monthly is the advice in every band; without it drift stays",
    __doc__,
    check,
)
