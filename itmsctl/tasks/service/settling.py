"""Going to computers to learn, to stop, or to clean up; no normal step begins by any of these."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field, replace

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.service import runs, session, stopping, waving
from itmsctl.tasks.service.driving import (
    Drive,
    Report,
    Watcher,
    close,
    engine_of,
    refuse_halted,
    report_of,
    take_over,
    way_of,
)
from itmsctl.tasks.service.ledger import RunLedger
from itmsctl.tasks.service.reconciling import ReconcileLedger
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally


def reconcile(drive: Drive, run: RunRow) -> Report:
    """Ask every computer of a run whose outcome is unknown, and record what its markers answer.

    Raises RunBusyError while another process drives the run.
    """
    mine, _ = take_over(drive.store, run)
    with drive.store.read() as reader:
        unknown = runs.tally(reader, mine).counts["unknown"]
    drive.watcher.begins(mine, unknown)
    ledger = ReconcileLedger(drive.store, mine, Endpoints(drive.via, drive.profile, drive.held))
    way = way_of(drive, run.program, queue.SimpleQueue())
    engine = engine_of(drive, mine, session.asker(way), ledger, way)
    engine.run()
    return report_of(drive, mine, drive.store.write(lambda unit: _settle(unit, mine)))


def _settle(unit: UnitOfWork, run: RunRow) -> str:
    """Close a run after its computers were asked: what can go on by itself waits, the rest is interrupted."""
    stopping.settle(unit, run)
    follows = waving.advance(unit, run)
    return close(unit, run, waiting=follows.why if run.options.waits else "", halted=follows.halted)


def wind_up(drive: Drive, run: RunRow) -> Report:
    """Run what is owed on computers that somebody stopped: their steps that are always run, and nothing else.

    The exit status tells of these steps alone. Raises RunBusyError while another process drives the run, StoppedError
    while the STOP switch is on.
    """
    refuse_halted(drive)
    mine, _ = take_over(drive.store, run)
    counted = _Counted(drive.watcher)
    with drive.store.read() as reader:
        drive.watcher.begins(mine, runs.tally(reader, mine).counts["deferred"])
    watched = replace(drive, watcher=counted)
    ledger = RunLedger(drive.store, mine, Endpoints(drive.via, drive.profile, drive.held), winding_up=True)
    way = way_of(watched, mine.program, queue.SimpleQueue())
    engine = engine_of(watched, mine, session.runner(way), ledger, way)
    engine.run()
    state = drive.store.write(lambda unit: close(unit, mine, halted=engine.halted))
    return replace(report_of(drive, mine, state, why=engine.halted), own=counted.tally.exit_status)


@dataclass
class _Counted:
    """Counts what ends badly, and hands everything on."""

    watcher: Watcher
    tally: Tally = field(default_factory=Tally)

    def begins(self, run: RunRow, computers: int) -> None:
        """Hand it on."""
        self.watcher.begins(run, computers)

    def ended(self, ending: Ending) -> None:
        """Count a computer; that it is cancelled is what was asked for."""
        if ending.state is not State.CANCELLED:
            self.tally.add(ending.state, ending.outcome.reason)
        self.watcher.ended(ending)

    def tick(self, running: int) -> None:
        """Hand it on."""
        self.watcher.tick(running)


def let_go(store: Store, run: RunRow) -> RunRow:
    """Close a run whose driver died: what it claimed is unknown, and a run with nothing left has ended."""
    mine, _ = take_over(store, run)
    store.write(lambda unit: close(unit, mine))
    return mine
