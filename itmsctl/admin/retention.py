"""What can be purged, and how a room says so: `HOOKS = {"purgeable": "module:function"}`, answering `Purgeable`s.

Nothing is purged unless a command or a setting says how long its class is kept (A-13, MAINT-1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itmsctl.errors import InputError

LEAST_S = 3600.0
# In the order in which they are purged: outputs go with their runs, and the audit of all of it goes last.
CLASSES = {
    "outputs": "what the commands of ended runs printed",
    "runs": "ended runs, with all that is kept of them",
    "events": "decided occurrences of policies, events that all policies took up, or other servers told",
    "memberships": "the log of who entered and left filters, groups and targets",
    "inventory": "rows of inventory as they were before they changed or went",
    "metering": "what programs were used: events, days, and programs not used since",
    "files": "the record of contents that came in files: one that comes again is then looked at again",
    "merged": "inventory of computers that were merged: a split then brings them back without it",
    "tombstones": "what deletions left",
    "changes": "change-sets; the audit then begins at a checkpoint",
}


@dataclass(frozen=True, slots=True)
class Removed:
    """What one batch removed, as counts, and where the next one goes on; `done` where nothing is left.

    `after` is called once the batch is stored: for what no database takes back.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    cursor: Any = None
    done: bool = False
    after: Callable[[], Mapping[str, int]] | None = None


NOTHING = Removed(done=True)
PART = "/"  # between a class and a part of it that is kept for another time: inventory/software

PurgeBatch = Callable[[Any, datetime, Any], Removed]


@dataclass(frozen=True, slots=True)
class Purgeable:
    """A class of rows that a room can purge: `batch(unit, before, cursor)` removes a few thousand rows at most.

    Each batch is a unit of work of its own, so that others write between two of them. It leaves the database whole.

    `among` is of a class whose parts may be kept for times of their own: it makes the batch of these parts alone, or of
    all but these.
    """

    name: str  # one of CLASSES
    batch: PurgeBatch
    among: Callable[[Collection[str], bool], PurgeBatch] | None = None


def check(keeps: Mapping[str, float]) -> None:
    """Raise InputError where a class is to be kept for less than an hour, or is not one."""
    for name, keep_s in keeps.items():
        if name.partition(PART)[0] not in CLASSES:
            raise InputError(f"there is no class `{name}` to purge", hint=", ".join(CLASSES))
        if keep_s < LEAST_S:
            raise InputError(f"{name} are kept for an hour at least", hint="30d")
