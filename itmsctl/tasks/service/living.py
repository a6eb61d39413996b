"""Whether the process that drives a run lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itmsctl.cmdb.work import Reader
from itmsctl.tasks import owner
from itmsctl.tasks.service.processes import start_of, this_process

if TYPE_CHECKING:
    from itmsctl.tasks.service.runs import RunRow


def is_dead(reader: Reader, run: RunRow, me: owner.Owner) -> bool:
    """Return whether nobody drives a run any more, so that this process may take it over."""
    start = start_of(run.owner.pid) if run.owner is not None else None
    return owner.is_dead(run.owner, me, start_of_pid=start, lease_until=run.lease_until, now=reader.now)


def is_driven(reader: Reader, run: RunRow) -> bool:
    """Return whether a living process drives a run."""
    return run.owner is not None and not is_dead(reader, run, this_process())
