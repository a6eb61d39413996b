"""A boot server that is smaller than the table.

Table 4-5 gives cores, memory and disk of a network boot server; images take 100 to 250 GB.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import Severity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.shortage import options, said, too_small
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg

METRICS = {"cores": "cores", "ram_gb": "ram_gb", "disk_gb": "disk_gb.min"}


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated with the row of the computers that each carries."""
    for server in snapshot.hosting("boot"):
        computers = server.computers.get("boot", 0)
        wanted = {metric: number_at(numbers, "boot_hardware", computers, cell) for metric, cell in METRICS.items()}
        short = too_small(server, wanted)
        if short:
            yield Hit(
                server.name,
                f"boot server `{server.name}` carries {computers:,} computers; {said(short)} are advised",
                f"itmsctl server set {shell_arg(server.name)} {options(short)}",
            )


RULE = Rule(
    "SZ-403",
    Severity.WARNING,
    "SIZE-1, table 4-5",
    "figures of the guide are recommendations for most environments (SIZE-10)",
    __doc__,
    check,
)
