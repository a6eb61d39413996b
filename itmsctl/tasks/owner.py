"""Who drives a run: a process, named so that its death can be told (F1)."""

from __future__ import annotations

from datetime import datetime

from itmsctl.values.lean import dataclass

LEASE_S = 60.0


@dataclass(frozen=True)
class RunOwner:
    """A process: its machine, the machine's boot, its process id and the moment it started (in clock ticks)."""

    host: str
    boot: str
    pid: int
    start: int

    def __str__(self) -> str:
        return f"{self.host}/{self.boot}/{self.pid}/{self.start}"


def parse(text: str) -> RunOwner | None:
    """Read the form in which a run keeps its owner; None where it is none."""
    parts = text.split("/")
    if len(parts) != 4 or not (parts[2].isdigit() and parts[3].isdigit()):
        return None
    return RunOwner(parts[0], parts[1], int(parts[2]), int(parts[3]))


def is_dead(
    owner: RunOwner | None, me: RunOwner, *, start_of_pid: int | None, lease_until: datetime | None, now: datetime
) -> bool:
    """Return whether the process that drives a run is gone, so that another may take the run over.

    On this very machine the process table decides: another boot, no such process, or one that started at another moment
    (`start_of_pid` is that of the living process of this id, none for no process). On another machine the lease does.
    """
    if owner is None:
        return True
    if owner.host == me.host:
        return owner.boot != me.boot or start_of_pid != owner.start
    return lease_until is None or lease_until < now
