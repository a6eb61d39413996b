"""Database files that grow in steps of the wrong size.

Growth by itself is a safety net. Its steps should be 10 to 20 percent of the estimated size, for data and log files;
better the files are made as large as the estimate says.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the stated step."""
    low, high = (numbers.whole("database_autogrow", f"increment_pct.{end}") for end in ("min", "max"))
    for server in snapshot.servers:
        if server.autogrow_pct is not None and not low <= server.autogrow_pct <= high:
            yield Hit(
                server.name,
                f"the database of `{server.name}` grows by {server.autogrow_pct} %; {low} to {high} % are advised",
                f"itmsctl management-server set {shell_arg(server.name)} --autogrow-pct {low}",
            )


RULE = Rule(
    "SZ-212",
    SiteSeverity.WARNING,
    "DB-3, A-06",
    "smaller steps fragment the files and come all the time; larger ones stop everything while they last",
    __doc__,
    check,
)
