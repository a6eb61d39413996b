"""Delta updates of membership less often than every fifteen minutes.

The guide prints five and fifteen minutes as the default (C-08). Beyond, a computer that should get a policy waits
longer than its interval explains.
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
    """Compare the setting with fifteen minutes, the longest that is printed."""
    most = numbers.number("package_delivery", "stage_2.delta_membership_min") * MINUTE_S
    for server in snapshot.servers:
        every = server.delta_membership_s
        if every is not None and every > most:
            yield Hit(
                server.name,
                f"`{server.name}` updates changed memberships every {said(every)} only",
                f"itmsctl management-server set {shell_arg(server.name)} --delta-membership 5m",
            )


RULE = Rule(
    "SZ-305",
    SiteSeverity.INFO,
    "MEMB-2, MEMB-9, POL-6, C-08",
    "new and moved computers wait for it, and so do users of the software portal",
    __doc__,
    check,
)
