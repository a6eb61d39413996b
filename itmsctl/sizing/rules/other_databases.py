"""Databases of others beside the CMDB.

No database of another product should stand on the database server. Several CMDBs may.
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
        if server.other_databases:
            yield Hit(
                server.name,
                f"the database server of `{server.name}` holds databases of others too",
                f"itmsctl management-server set {shell_arg(server.name)} --no-other-databases",
            )


RULE = Rule(
    "SZ-214",
    SiteSeverity.WARNING,
    "DB-5",
    "they take memory and disks when the management server needs them most",
    __doc__,
    check,
)
