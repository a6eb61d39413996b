"""Too many console sessions at once.

A management server serves 100 consoles at once: 75 of managers and 25 of asset managers. Plan shifts, reports that
are sent instead of opened, or another management server for those who only report (NS-13).
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the planned sessions of each kind, and their sum."""
    for server in snapshot.servers:
        managers, assets = server.consoles or 0, server.asset_consoles or 0
        stated = (
            ("limit.managers.max", managers, "managers"),
            ("limit.asset_managers.max", assets, "asset managers"),
            ("limit.sessions.max", managers + assets, "all kinds"),
        )
        for limit, planned, who in stated:
            most = numbers.whole("console_limits", limit)
            if planned > most:
                yield Hit(
                    server.name,
                    f"`{server.name}` is planned with {planned} console sessions of {who}; {most} are the most",
                    f"itmsctl management-server set {shell_arg(server.name)} --consoles 75 --asset-consoles 25",
                )
                break


RULE = Rule(
    "SZ-102",
    SiteSeverity.WARNING,
    "UI-3, table 4-8",
    "each session holds memory of the management server and asks its database",
    __doc__,
    check,
)
