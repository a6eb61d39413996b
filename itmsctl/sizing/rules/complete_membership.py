"""A complete update of membership that is not daily.

The complete update rebuilds every filter, group and target. Once a day is the default in every band; more often is
load, less often leaves drift.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import HOUR_S, said
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the setting with a day."""
    day = numbers.number("membership", "complete.interval_h") * HOUR_S
    for server in snapshot.servers:
        every = server.complete_membership_s
        if every is not None and every != day:
            yield Hit(
                server.name,
                f"`{server.name}` rebuilds all memberships every {said(every)}, not daily",
                f"itmsctl management-server set {shell_arg(server.name)} --complete-membership {said(day)}",
            )


RULE = Rule(
    "SZ-306",
    SiteSeverity.WARNING,
    "MEMB-3, MEMB-8, tables 6-2 and 6-3",
    "it builds all memberships from nothing: heavy, and the only cure of drift",
    __doc__,
    check,
)
