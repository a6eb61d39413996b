"""A collation that is not supported.

Seven collations are supported. One of them is printed without its `SQL_`; both spellings are taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot
from itmsctl.values.untrusted import shell_arg

ALSO = "SQL_Latin1_General_CP1_CI_AS"  # C-20: printed without its first four letters


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare the stated collation."""
    cell = numbers.cell("collations", "collations.supported").value
    supported = cell if isinstance(cell, tuple) else ()
    taken = {name.casefold() for name in (*supported, ALSO)}
    for server in snapshot.servers:
        if server.collation is not None and server.collation.casefold() not in taken:
            yield Hit(
                server.name,
                f"the database of `{server.name}` has collation `{server.collation}`",
                f"itmsctl management-server set {shell_arg(server.name)} --collation Latin1_General_CI_AS",
            )


RULE = Rule(
    "SZ-215",
    SiteSeverity.ERROR,
    "DB-11, C-20",
    "only these are supported, and a collation cannot be changed later without a new database",
    __doc__,
    check,
)
