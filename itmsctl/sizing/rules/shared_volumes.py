"""Database files that share a volume.

Operating system, data, log and temporary tables want volumes of their own. Up to 1,000 computers table 4-1 puts data,
log and temporary tables on one volume, apart from the operating system.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.hierarchy.kinds import ON_BOX
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule, number_at
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for uses with one volume, as far as the row of the computers keeps them apart."""
    for server in (one for one in snapshot.servers if one.database != ON_BOX):
        apart = ["os", "data"]
        if number_at(numbers, "database_hardware", server.computers, "capacity_gb.logs") is not None:
            apart += ["log", "tempdb"]
        by_volume: dict[str, list[str]] = {}
        for use in apart:
            if use in server.volumes:
                by_volume.setdefault(server.volumes[use].casefold(), []).append(use)
        for uses in by_volume.values():
            if len(uses) > 1:
                volume = server.volumes[uses[0]]
                kept = [(use, where) for use, where in server.volumes.items() if use != uses[-1]]
                others = "".join(f" --volume {shell_arg(f'{use}={where}')}" for use, where in kept)
                yield Hit(
                    server.name,
                    f"{', '.join(uses)} of `{server.name}` share volume {volume}",
                    f"itmsctl management-server set {shell_arg(server.name)}{others}"
                    f" --volume {shell_arg(uses[-1])}=OTHER",
                )


RULE = Rule(
    "SZ-207",
    SiteSeverity.WARNING,
    "DB-8, table 4-1, C-27",
    "each is read and written in its own way; on one volume they wait for each other",
    __doc__,
    check,
)
