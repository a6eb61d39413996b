"""A database that shrinks by itself.

Shrinking by itself is to be off: the space is needed again soon.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at the setting."""
    for server in snapshot.servers:
        if server.autoshrink:
            yield Hit(
                server.name,
                f"the database of `{server.name}` shrinks by itself",
                f"itmsctl management-server set {shell_arg(server.name)} --no-autoshrink",
            )


RULE = Rule(
    "SZ-213",
    SiteSeverity.WARNING,
    "DB-4",
    "it loads processors and disks, and what shrinks and grows again is fragmented",
    __doc__,
    check,
)
