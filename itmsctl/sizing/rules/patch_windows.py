"""Patches without a maintenance window.

Patches install in the next maintenance window, unless a policy ignores windows, which is for zero-day cases. Without
any window in use they install whenever they arrive.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for maintenance windows in use where patch policies are."""
    patches = list(snapshot.in_use("patch"))
    if patches and not any(window.enabled and window.type == "maintenance" for window in snapshot.windows):
        yield Hit(
            patches[0].name,
            f"policy `{patches[0].name}` patches, and there is no maintenance window",
            "itmsctl window add NAME --type maintenance --daily 22:00 --duration 4h --target all",
        )


RULE = Rule(
    "SZ-509",
    SiteSeverity.WARNING,
    "SCHED-7, PATCH-13",
    "what is downloaded waits for a maintenance window; without one it installs at once, in the middle of work",
    __doc__,
    check,
)
