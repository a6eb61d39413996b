"""Delta updates of membership more often than every five minutes.

Five minutes are the default in every band of computers. More often lowers the delay a little and loads the database
much.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import MINUTE_S, said, too_often
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the setting, and policies that run such updates."""
    least = numbers.number("membership", "delta.interval_min") * MINUTE_S
    for server in snapshot.servers:
        every = server.delta_membership_s
        if every is not None and every < least:
            yield Hit(
                server.name,
                f"`{server.name}` updates changed memberships every {said(every)}; {said(least)} is advised",
                f"itmsctl management-server set {shell_arg(server.name)} --delta-membership {said(least)}",
            )
    for policy, gap in too_often(snapshot, least):
        if policy.schedule is not None and any(task.kind == "membership-update" for task in policy.tasks):
            yield Hit(
                policy.name,
                f"policy `{policy.name}` updates memberships every {said(gap)}; {said(least)} is advised",
                f"itmsctl schedule set {shell_arg(policy.schedule.name)} --every {said(least)}",
            )


RULE = Rule(
    "SZ-304",
    SiteSeverity.WARNING,
    "MEMB-2, MEMB-7, table 6-3, C-08",
    "each run reads and analyses the CMDB again",
    __doc__,
    check,
)
