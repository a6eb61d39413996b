"""Too many computers for one management server.

A management server carries up to 35,000 computers: that was tested, and the tables of hardware end there. Above it a
second management server is needed. A hierarchy spreads computers over servers; it does not let one of them carry
more.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare each management server with the most that one carries."""
    most = numbers.whole("management_limits", "limit.computers.max")
    for server in snapshot.servers:
        if server.computers > most:
            parent = shell_arg(server.parent or server.name)
            yield Hit(
                server.name,
                f"`{server.name}` manages {server.computers:,} computers; {most:,} are the most",
                f"itmsctl management-server add NAME --parent {parent} --manages SITE",
            )


RULE = Rule(
    "SZ-101",
    SiteSeverity.ERROR,
    "SIZE-3, NS-11, table 4-8",
    "no table of hardware has a row for more, and a hierarchy does not raise what one server carries (HIER-5)",
    __doc__,
    check,
)
