"""Updates for changed policies that are not every five minutes.

The schedule that brings the targets of saved policies up to date runs every five minutes as shipped, and that suits
most.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import MINUTE_S, said
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the setting with the default."""
    default = numbers.number("membership", "policy.interval_min") * MINUTE_S
    for server in snapshot.servers:
        every = server.policy_membership_s
        if every is not None and every != default:
            yield Hit(
                server.name,
                f"`{server.name}` updates targets of changed policies every {said(every)}",
                f"itmsctl management-server set {shell_arg(server.name)} --policy-membership {said(default)}",
            )


RULE = Rule(
    "SZ-307",
    SiteSeverity.INFO,
    "MEMB-4, MEMB-6, table 6-2",
    "a saved policy waits for it before its target is right",
    __doc__,
    check,
)
