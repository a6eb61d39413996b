"""Reports that run when they are opened, in a large environment.

In large environments reports should show nothing until they are asked to refresh.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg

LARGE = 10_000  # a convention: the guide says `large environments`


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at the setting of servers above the band of 10,000 computers."""
    for server in snapshot.servers:
        if server.report_autorun and server.computers > LARGE:
            yield Hit(
                server.name,
                f"reports of `{server.name}` run when they are opened, over {server.computers:,} computers",
                f"itmsctl management-server set {shell_arg(server.name)} --suppress-report-autorun",
            )


RULE = Rule(
    "SZ-308",
    SiteSeverity.INFO,
    "RPT-4, UI-5",
    "a heavy report that was opened by mistake asks the whole database",
    __doc__,
    check,
)
