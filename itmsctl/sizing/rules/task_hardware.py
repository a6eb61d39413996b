"""A task server that is smaller than the table.

Table 4-3 gives cores and memory of a task server for the computers that it carries. Disks do not matter to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.shortage import small_servers
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated with the row of the computers that each carries."""
    return small_servers("task", snapshot, numbers)


RULE = Rule(
    "SZ-401",
    SiteSeverity.WARNING,
    "SIZE-1, TASK-8, table 4-3",
    "figures of the guide are recommendations for most environments (SIZE-10)",
    __doc__,
    check,
)
