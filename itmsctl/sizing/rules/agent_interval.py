"""Agents ask for their configuration more often than the table.

The work to answer a request loads the management server. The interval grows with the computers: one hour up to 5,000,
then two, three, and four above 15,000.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import HOUR_S, said
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the interval with the row of the computers."""
    for server in snapshot.servers:
        hours = number_at(numbers, "settings", server.computers, "agent_config_h")
        every = server.agent_interval_s
        if every is not None and hours is not None and every < hours * HOUR_S:
            yield Hit(
                server.name,
                f"agents of `{server.name}` ask every {said(every)}; "
                f"for {server.computers:,} computers {hours:g}h is advised",
                f"itmsctl management-server set {shell_arg(server.name)} --agent-interval {hours:g}h",
            )


RULE = Rule(
    "SZ-301",
    SiteSeverity.WARNING,
    "AGENT-8, TUNE-1, table 6-3",
    "each doubling halves the requests and doubles the delay (AGENT-6)",
    __doc__,
    check,
)
