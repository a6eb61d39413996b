"""Replication that is not daily.

Differential replication between neighbours of a hierarchy runs once in 24 hours. Rarer, policies and packages arrive
later; much more often, the parent does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import HOUR_S, said
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the interval of members of a hierarchy: from an hour to a day."""
    most = numbers.number("package_delivery", "replication.every_h") * HOUR_S
    for server in snapshot.servers:
        member = server.parent is not None or server.name in snapshot.children
        every = server.replication_s if member else None
        if every is not None and not HOUR_S <= every <= most:
            yield Hit(
                server.name,
                f"`{server.name}` replicates every {said(every)}",
                f"itmsctl management-server set {shell_arg(server.name)} --replication {said(most)}",
            )


RULE = Rule(
    "SZ-114",
    SiteSeverity.WARNING,
    "REPL-18, table 5-4, C-13",
    "a package that misses a replication waits for the next one",
    __doc__,
    check,
)
