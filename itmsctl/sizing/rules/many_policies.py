"""Many targets and schedules.

Fewer targets and schedules for tasks and policies keep the management server quick. It is worth a look above fifty
schedules or a hundred targets of policies in use.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot

SCHEDULES, TARGETS = 50, 100  # a convention: the guide gives no numbers


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Count the distinct schedules and targets of policies in use."""
    schedules = {policy.schedule.name for policy in snapshot.in_use() if policy.schedule is not None}
    targets = {policy.target for policy in snapshot.in_use()}
    if len(schedules) > SCHEDULES or len(targets) > TARGETS:
        yield Hit(
            "estate",
            f"policies in use have {len(schedules)} schedules and {len(targets)} targets",
            "itmsctl policy list -o wide",
        )


RULE = Rule(
    "SZ-506",
    SiteSeverity.INFO,
    "TUNE-6",
    "each schedule is looked at, and each target kept up to date, all day",
    __doc__,
    check,
)
