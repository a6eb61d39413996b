"""Whether the process that drives a run lives."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from itmsctl.cmdb.work import Reader
from itmsctl.tasks import owner
from itmsctl.tasks.service.processes import start_of, this_process


class Owned(Protocol):
    """What of a run tells who drives it: the process, and how long it may go without a word."""

    @property
    def owner(self) -> owner.RunOwner | None:
        """Return the process; None where nobody has taken it over."""

    @property
    def lease_until(self) -> datetime | None:
        """Return when the lease ends."""


def is_dead(reader: Reader, run: Owned, me: owner.RunOwner) -> bool:
    """Return whether nobody drives a run any more, so that this process may take it over."""
    start = start_of(run.owner.pid) if run.owner is not None else None
    return owner.is_dead(run.owner, me, start_of_pid=start, lease_until=run.lease_until, now=reader.now)


def is_driven(reader: Reader, run: Owned) -> bool:
    """Return whether a living process drives a run."""
    return run.owner is not None and not is_dead(reader, run, this_process())
