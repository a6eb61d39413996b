"""Driving a run: begin it, continue it, learn what became of it. No unit of work spans the network (house rule 2)."""

from __future__ import annotations

import resource
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import StoppedError
from itmsctl.security.credential import Held
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.security.via import Via
from itmsctl.tasks import checkpoints, concurrency
from itmsctl.tasks.assignment import Assignment, Ending
from itmsctl.tasks.engine import Engine, Ledger, Observer, Stop
from itmsctl.tasks.owner import Owner, is_dead
from itmsctl.tasks.service import runs
from itmsctl.tasks.service.dispatch import Way, asker, runner
from itmsctl.tasks.service.ledger import RunLedger
from itmsctl.tasks.service.processes import start_of, this_process
from itmsctl.tasks.service.reconciling import ReconcileLedger
from itmsctl.tasks.service.runs import Picked, RunRow
from itmsctl.tasks.states import State
from itmsctl.tasks.step import Step
from itmsctl.tasks.tally import Tally
from itmsctl.transports.endpoint import Credentials


class Watcher(Observer, Protocol):
    """Who looks on, and is told first what begins."""

    def begins(self, run: RunRow, computers: int) -> None:
        """Learn which run begins, and on how many computers."""


@dataclass(frozen=True)
class Drive:
    """What one drive needs apart from the run itself.

    `via` is the way as it was typed, which a new run keeps; `whole` is that way with the profile and the defaults.
    `held` is what its credentials gave.
    """

    store: Store
    via: Via
    whole: Via
    profile: Via
    credentials: Credentials
    workers: int
    stop: Stop
    watcher: Watcher
    held: Held = field(default_factory=Held)


@dataclass(frozen=True, slots=True)
class Report:
    """How a run stands after a drive."""

    run: RunRow
    tally: Tally
    state: str
    dropped: int = 0


def allowed_workers(wanted: int) -> tuple[int, str]:
    """Answer how many workers this process may have, and a warning where that is fewer than wanted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted * concurrency.FILES_A_WORKER
    if soft < enough <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        soft = enough
    return concurrency.capped(wanted, soft)


def refuse_halted(stop: Stop) -> None:
    """Raise StoppedError where the stop file is there before anything began."""
    if stop.halted():
        raise StoppedError("a STOP file forbids new runs; nothing was started", hint="itmsctl doctor names the file")


def start(drive: Drive, step: Step, selector: str, picked: Sequence[Picked], task_id: int | None) -> Report:
    """Store a new run and drive it to its end, or until it is stopped."""
    refuse_halted(drive.stop)
    way = Way.of(drive.whole, drive.credentials, step.run_as or drive.whole.run_as)
    dispatch = runner(step, drive.whole, way, drive.store.clock)
    me = this_process()
    run = drive.store.write(lambda unit: runs.begin(unit, step, drive.via, selector, picked, me, task_id))
    checkpoints.reached("after_plan")
    drive.watcher.begins(run, len(picked))
    return _run(drive, run, dispatch)


def resume(drive: Drive, run: RunRow, wanted: Collection[State]) -> Report:
    """Run the computers of a run that stand in these states: the queued as they are, the others as new attempts.

    Raises RunBusyError while another process drives the run.
    """
    refuse_halted(drive.stop)
    way = Way.of(drive.whole, drive.credentials, run.step.run_as or drive.whole.run_as)
    dispatch = runner(run.step, drive.whole, way, drive.store.clock)
    mine, _ = take_over(drive.store, run)
    queued = drive.store.write(lambda unit: runs.requeue(unit, mine, wanted))
    checkpoints.reached("after_plan")
    drive.watcher.begins(mine, queued)
    return _run(drive, mine, dispatch)


def reconcile(drive: Drive, run: RunRow) -> Report:
    """Ask every computer of a run whose outcome is unknown, and record what its marker answers.

    Raises RunBusyError while another process drives the run.
    """
    way = Way.of(drive.whole, drive.credentials, run.step.run_as or drive.whole.run_as)
    mine, _ = take_over(drive.store, run)
    with drive.store.read() as reader:
        unknown = runs.tally(reader, mine).counts["unknown"]
    drive.watcher.begins(mine, unknown)
    ledger = ReconcileLedger(drive.store, mine, Endpoints(drive.via, drive.profile, drive.held))
    return _drive(drive, mine, asker(run.step, way, drive.store.clock), ledger)


def _run(drive: Drive, run: RunRow, dispatch: Callable[[Assignment], Ending]) -> Report:
    ledger = RunLedger(drive.store, run, Endpoints(drive.via, drive.profile, drive.held))
    report = _drive(drive, run, dispatch, ledger)
    return Report(report.run, report.tally, report.state, ledger.dropped)


def _drive(drive: Drive, run: RunRow, dispatch: Callable[[Assignment], Ending], ledger: Ledger) -> Report:
    Engine(dispatch, ledger, drive.watcher, drive.stop, drive.store.clock, drive.workers).run()
    state = drive.store.write(lambda unit: runs.close(unit, run))
    with drive.store.read() as reader:
        return Report(run, runs.tally(reader, run), state)


def take_over(store: Store, run: RunRow) -> tuple[RunRow, int]:
    """Become the driver of a run; claims of a dead driver become unknown. Raises RunBusyError."""
    me = this_process()
    return store.write(lambda unit: runs.take_over(unit, run, me, lambda row: _is_dead(unit, row, me)))


def _is_dead(reader: Reader, run: RunRow, me: Owner) -> bool:
    start = start_of(run.owner.pid) if run.owner is not None else None
    return is_dead(run.owner, me, start_of_pid=start, lease_until=run.lease_until, now=reader.now)


def is_driven(reader: Reader, run: RunRow) -> bool:
    """Tell whether a living process drives a run."""
    return run.owner is not None and not _is_dead(reader, run, this_process())
