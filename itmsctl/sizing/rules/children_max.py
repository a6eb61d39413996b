"""More than six children below one parent.

Every child replicates with its parent. A parent with up to six children was tested; with more, replication may not
end before it begins again. Children may stand on several levels.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Count the children of each parent."""
    most = numbers.whole("hierarchy_limits", "limit.children.max")
    for parent, children in snapshot.children.items():
        if len(children) > most:
            yield Hit(
                parent,
                f"`{parent}` has {len(children)} children; {most} are advised at most",
                f"itmsctl management-server set {shell_arg(children[-1])} --parent {shell_arg(children[0])}",
            )


RULE = Rule(
    "SZ-106",
    SiteSeverity.WARNING,
    "HIER-2, HIER-5",
    "a parent with six children was tested",
    __doc__,
    check,
)
