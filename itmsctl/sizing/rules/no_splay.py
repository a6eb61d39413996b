"""Many computers that start in one minute.

A policy that hits more than a thousand computers at one moment should spread their starts: its load comes in one
burst otherwise. `--splay` spreads them by a hash of each computer.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import starts
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import Snapshot

MANY = 1_000  # a convention: the guide gives no number


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look at scheduled policies with a workload, many computers and no splay."""
    for policy in snapshot.in_use():
        if policy.schedule is None or policy.workload is None or policy.splay_s:
            continue
        if policy.computers > MANY and starts(policy.schedule, snapshot.now):
            yield Hit(
                policy.name,
                f"policy `{policy.name}` starts {policy.computers:,} computers in one minute",
                policy.typed("set", f"{policy.spread} 4h"),
            )


RULE = Rule(
    "SZ-505",
    SiteSeverity.WARNING,
    "INV-33, INV-43, TUNE-4",
    "a busy front end rejects requests while processors and disks look idle",
    __doc__,
    check,
)
