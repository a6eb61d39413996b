"""A task server that is smaller than the table.

Table 4-3 gives cores and memory of a task server for the computers that it carries. Disks do not matter to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import Severity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.shortage import options, said, too_small
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg

METRICS = {"cores": "cores", "ram_gb": "ram_gb"}


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated with the row of the computers that each carries."""
    for server in snapshot.hosting("task"):
        computers = server.computers.get("task", 0)
        wanted = {metric: number_at(numbers, "task_hardware", computers, cell) for metric, cell in METRICS.items()}
        short = too_small(server, wanted)
        if short:
            yield Hit(
                server.name,
                f"task server `{server.name}` carries {computers:,} computers; {said(short)} are advised",
                f"itmsctl server set {shell_arg(server.name)} {options(short)}",
            )


RULE = Rule(
    "SZ-401",
    Severity.WARNING,
    "SIZE-1, TASK-8, table 4-3",
    "figures of the guide are recommendations for most environments (SIZE-10)",
    __doc__,
    check,
)
