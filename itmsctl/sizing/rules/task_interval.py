"""Task servers ask for tasks more often than the table.

The task update interval is five minutes up to 5,000 computers and fifteen above.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import MINUTE_S, said
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the interval with the row of the computers."""
    for server in snapshot.servers:
        minutes = number_at(numbers, "settings", server.computers, "task_service_update_min")
        every = server.task_interval_s
        if every is not None and minutes is not None and every < minutes * MINUTE_S:
            yield Hit(
                server.name,
                f"task servers of `{server.name}` ask every {said(every)}; for {server.computers:,} computers "
                f"{minutes:g}m is advised",
                f"itmsctl management-server set {shell_arg(server.name)} --task-interval {minutes:g}m",
            )


RULE = Rule(
    "SZ-303",
    SiteSeverity.WARNING,
    "TASK-12, table 6-3, C-24",
    "task servers ask the management server for tasks, all of them, day and night",
    __doc__,
    check,
)
