"""Agents ask for their configuration less often than the table.

A longer interval saves requests and delays policies. It is worth knowing where it is more than twice that of the
table.
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
    """Compare the interval with twice the row of the computers."""
    for server in snapshot.servers:
        hours = number_at(numbers, "settings", server.computers, "agent_config_h")
        every = server.agent_interval_s
        if every is not None and hours is not None and every > 2 * hours * HOUR_S:
            yield Hit(
                server.name,
                f"agents of `{server.name}` ask every {said(every)}; "
                f"for {server.computers:,} computers {hours:g}h will do",
                f"itmsctl management-server set {shell_arg(server.name)} --agent-interval {hours:g}h",
            )


RULE = Rule(
    "SZ-302",
    SiteSeverity.INFO,
    "POL-6, AGENT-6",
    "a policy reaches a computer after this and the delta update of memberships at worst",
    __doc__,
    check,
)
