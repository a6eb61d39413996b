"""A boot server that is smaller than the table.

Table 4-5 gives cores, memory and disk of a network boot server; images take 100 to 250 GB.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.shortage import small_servers
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Compare what is stated with the row of the computers that each carries."""
    return small_servers("boot", snapshot, numbers)


RULE = Rule(
    "SZ-403",
    SiteSeverity.WARNING,
    "SIZE-1, table 4-5",
    "figures of the guide are recommendations for most environments (SIZE-10)",
    __doc__,
    check,
)
