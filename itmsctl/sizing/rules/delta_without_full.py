"""Delta inventory without full inventory.

Only a full inventory retires software that is gone and repairs a file that was never processed. It must recur, however
seldom.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for a full inventory in use where a delta is."""
    deltas = list(snapshot.in_use("delta-inventory"))
    full = [one for one in snapshot.in_use("full-inventory") if one.schedule is not None]
    if deltas and not full:
        yield Hit(
            deltas[0].name,
            f"policy `{deltas[0].name}` collects changes, and nothing collects a full inventory",
            "itmsctl policy add NAME --workload full-inventory --schedule MONTHLY --target TARGET",
        )


RULE = Rule(
    "SZ-511",
    SiteSeverity.WARNING,
    "INV-24, INV-26, C-04",
    "a delta never reveals what was removed, and drift stays",
    __doc__,
    check,
)
