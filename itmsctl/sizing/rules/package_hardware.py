"""A package server that is smaller than the table.

Table 4-4 gives cores, memory and disk of a package server. The real need of disk follows the packages and images.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import Severity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.shortage import options, said, too_small
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg

METRICS = {"cores": "cores", "ram_gb": "ram_gb.min", "disk_gb": "disk_gb.min"}


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated with the row of the computers that each carries."""
    for server in snapshot.hosting("package"):
        computers = server.computers.get("package", 0)
        wanted = {metric: number_at(numbers, "package_hardware", computers, cell) for metric, cell in METRICS.items()}
        short = too_small(server, wanted)
        if short:
            yield Hit(
                server.name,
                f"package server `{server.name}` carries {computers:,} computers; {said(short)} are advised",
                f"itmsctl server set {shell_arg(server.name)} {options(short)}",
            )


RULE = Rule(
    "SZ-402",
    Severity.WARNING,
    "SIZE-1, PKG-19, table 4-4",
    "figures of the guide are recommendations for most environments (SIZE-10)",
    __doc__,
    check,
)
