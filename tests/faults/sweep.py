"""Kill one command at every sync, and see that nothing is lost, doubled or half done (must-show 8; F1, F5).

    python -m tests.faults.sweep [--job JOB] [--first N] [--every N] [--fault FAULT] [--on postgres]

FAULT is kill, kill-at-send (PostgreSQL: at each message to the server), kill-at-write, eio or enospc. JOB is
`first use` (a migration), `import`, `apply`, `undo`, `rekey` (of the vault), `purge`, `preallocate`, `replication run`,
`replication receive`, or over real SSH `task run` or `inventory run`; all of them without.

Prints a line for each point and a summary; ends with 0 where all are clean. Needs strace, and sshd for `task run`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.schema import migrate
from tests.faults.injection import (
    DISK_FULL,
    KILL,
    KILL_AT_SEND,
    KILL_AT_WRITE,
    KILLED,
    SYNC_FAILS,
    Fault,
    count_calls,
    find_strace,
    run_with,
)
from tests.faults.jobs import Apply, FirstUse, Import, InventoryRun, Job, Preallocate, Purge, Rekey, TaskRun, Undo
from tests.faults.on_postgres import REPLICATION
from tests.faults.replication_jobs import ReplicationReceive, ReplicationRun
from tests.servers.postgres import shared_server
from tests.servers.ssh import NO_RC_FILES

FAULTS = {
    "kill": KILL,
    "kill-at-send": KILL_AT_SEND,
    "kill-at-write": KILL_AT_WRITE,
    "eio": SYNC_FAILS,
    "enospc": DISK_FULL,
}
ALONE: tuple[type[Job], ...] = (
    FirstUse,
    Import,
    Apply,
    Undo,
    Rekey,
    Purge,
    Preallocate,
    ReplicationRun,
    ReplicationReceive,
)  # those that need nothing but a folder
OVER_SSH = (TaskRun, InventoryRun)
NAMES = tuple(job.name for job in (*ALONE, *OVER_SSH))
LIMIT = 1500  # more calls than any of the jobs makes: a sweep that gets there does not end by itself


@dataclass(frozen=True)
class Point:
    """What a fault at one call did, and what it left."""

    nth: int
    status: int
    left: str


def sweep(job: Job, fault: Fault, *, first: int = 1, every: int = 1) -> Iterator[Point]:
    """Break a job off at every n-th call, mend it, and check, until the job has ended before the call comes.

    Raises AssertionError where something does not hold.
    """
    last = LIMIT if fault.kills else _count(job, fault)  # a call that may fail does not tell that it was the last one
    for nth in range(first, last + 1, every):
        scene = job.scene()
        done = run_with(fault, nth, job.argv(scene), scene.environment, scene.folder, job.given(scene))
        told = (job.name, nth, done.returncode, done.stdout, done.stderr)
        assert done.returncode in {job.status, KILLED if fault.kills else 11}, told
        if done.returncode == 11:
            assert "internal error" not in done.stderr, told
            assert "try: " in done.stderr or '"hint": "' in done.stdout, told
        left = job.mend(scene)
        if done.returncode == job.status:
            assert left == job.whole, (*told, left)
        job.close(scene)
        if fault.kills and done.returncode == job.status:
            assert nth > 1, f"{job.name} made no call that could be hit"
            return
        yield Point(nth, done.returncode, left)
    assert not fault.kills, f"{job.name} did not end by itself in {LIMIT} calls"


def _count(job: Job, fault: Fault) -> int:
    scene = job.scene()
    count = count_calls(fault, job.argv(scene), scene.environment, scene.folder, job.given(scene))
    job.close(scene)
    return count


def jobs(folder: Path, wanted: list[str]) -> Iterator[Job]:
    """Yield the jobs by name, each ready to be broken off."""
    for one in ALONE:
        if one.name in wanted:
            yield one(folder / one.name.replace(" ", "-"))
    over_ssh = [one for one in OVER_SSH if one.name in wanted]
    if over_ssh:
        lab = Lab(3, folder / "lab", engine="openssh", network=46, options=[NO_RC_FILES])
        try:
            for over in over_ssh:
                yield over(folder / over.name.replace(" ", "-"), lab)
        finally:
            lab.stop()


def jobs_on_postgres(folder: Path, wanted: list[str]) -> Iterator[Job]:
    """Yield the jobs of replication on PostgreSQL."""
    server, template = shared_server(), "itms_sweep"
    migrate(place_of(server.create_database(template)))
    for one in REPLICATION:
        if one.name in wanted:
            yield one(folder / one.name.replace(" ", "-"), server, template)


def main(argv: list[str]) -> int:
    """Run the sweep; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", action="append", choices=NAMES, help="only this one; may be given again")
    parser.add_argument("--fault", choices=FAULTS, default="kill")
    parser.add_argument("--first", type=int, default=1, metavar="N", help="begin at the n-th call (1)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every n-th call (1)")
    parser.add_argument("--on", choices=("sqlite", "postgres"), default="sqlite", help="postgres: replication alone")
    options = parser.parse_args(argv)
    found_jobs = jobs_on_postgres if options.on == "postgres" else jobs
    if find_strace() is None:
        sys.stderr.write("strace is not on this machine: apt-get install strace\n")
        return 2
    summary = []
    with tempfile.TemporaryDirectory(prefix="itms-sweep-") as folder:
        for job in found_jobs(Path(folder), options.job or list(NAMES)):
            begin, left = time.monotonic(), Counter[str]()
            for point in sweep(job, FAULTS[options.fault], first=options.first, every=options.every):
                status = "killed" if point.status == KILLED else f"exit {point.status}"
                sys.stdout.write(f"{job.name:9}  {options.fault} at {point.nth:3}  {status:8} left {point.left}\n")
                sys.stdout.flush()
                left[point.left] += 1
            took = time.monotonic() - begin
            found = "; ".join(f"{count} left {what}" for what, count in sorted(left.items()))
            summary.append(f"{job.name}: {left.total()} points, all clean ({found}; {took:.0f} s)\n")
    sys.stdout.write("".join(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
