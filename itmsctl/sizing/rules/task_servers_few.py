"""Too few task servers under one management server of several.

Task servers hold the connections of agents. One serves 15,000 computers, fewer where tasks are used much. Where there
is one management server only, `site check` says so; this rule looks at each of several.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the task servers in the sites of each management server with what its computers want."""
    step = numbers.whole("task_servers", "step.normal")
    for server in snapshot.servers if len(snapshot.servers) > 1 else ():
        have, need = len(snapshot.hosting_for(server, "task")), -(-server.computers // step)
        if 0 < have < need:
            yield Hit(
                server.name,
                f"`{server.name}` has {have} task servers for {server.computers:,} computers; {need} are advised",
                f"itmsctl server add COMPUTER --service task --site {shell_arg(server.site or 'SITE')}",
            )


RULE = Rule(
    "SZ-104",
    SiteSeverity.WARNING,
    "TASK-3, A-02",
    "one for every 15,000 computers begun; for every 10,000 under heavy use of tasks",
    __doc__,
    check,
)
