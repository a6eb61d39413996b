"""Heavy work in production hours.

Inventories, complete updates of membership and maintenance of the database belong into the night or the weekend.
Production hours are taken to be Monday to Friday, 08:00 to 18:00, of the clock that the schedule names.
"""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.occurrences import in_production
from itmsctl.sizing.rule import Hit, Rule
from itmsctl.sizing.snapshot import DesignPolicy, Snapshot

HEAVY = ("full-inventory", "delta-inventory")


def is_heavy(policy: DesignPolicy) -> bool:
    """Return whether a policy does what TUNE-7 names."""
    complete = any(t.kind == "membership-update" and t.arguments.get("mode") == "complete" for t in policy.tasks)
    care = any(task.kind == "database-maintenance" for task in policy.tasks)
    return policy.workload in HEAVY or complete or care


def check(snapshot: Snapshot, numbers: Numbers) -> Iterator[Hit]:
    """Look for a start in production hours of each heavy policy in use."""
    for policy in snapshot.in_use():
        due = in_production(policy.schedule, snapshot.now) if policy.schedule is not None and is_heavy(policy) else None
        if due is not None:
            yield Hit(
                policy.name,
                f"policy `{policy.name}` is heavy and starts on {due.local:%A at %H:%M}",
                policy.typed("set", "--schedule NIGHTLY"),
            )


RULE = Rule(
    "SZ-504",
    SiteSeverity.WARNING,
    "TUNE-7, INV-26, MEMB-3",
    "full and delta inventory, complete updates of membership and care of the database belong outside production hours",
    __doc__,
    check,
)
