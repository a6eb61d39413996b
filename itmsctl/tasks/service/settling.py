"""Going to computers to learn, to stop, or to clean up; no normal step begins by any of these."""

from __future__ import annotations

import queue
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.security.via import Via
from itmsctl.tasks.assignment import Assignment, Ending
from itmsctl.tasks.brakes import Brakes
from itmsctl.tasks.engine import Stop
from itmsctl.tasks.service import runs, serving, session, stopping, waving
from itmsctl.tasks.service.driving import (
    Drive,
    DriveReport,
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
from itmsctl.tasks.walk import walkers
from itmsctl.transports.base import Transport
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer

AT_ONCE = 500  # computers for which a person's word is recorded in one unit of work
DECIDED = "DECIDED"


def reconcile(drive: Drive, run: RunRow, only: Collection[int] | None = None) -> DriveReport:
    """Ask every computer of a run whose outcome is unknown, or only these, and record what its markers answer.

    What was to be killed, or has long passed its time limit, is stopped where it is found to run. Raises RunBusyError
    while another process drives the run.
    """
    mine, _ = take_over(drive.store, run)
    with drive.store.read() as reader:
        unknown = runs.tally(reader, mine).counts["unknown"]
    drive.watcher.begins(mine, unknown)
    ask(drive, mine, only)
    return report_of(drive.store, mine, drive.store.write(lambda unit: _settle(unit, mine)))


def ask(drive: Drive, run: RunRow, only: Collection[int] | None, *, beside: bool = False) -> list[Ending]:
    """Ask computers, `beside` a driver that works on them too; return the endings of those that are still unknown."""
    endpoints = Endpoints(drive.via, drive.profile, drive.held)
    ledger = ReconcileLedger(drive.store, run, endpoints, only, beside)
    way = way_of(drive, run.program, queue.SimpleQueue())
    engine = engine_of(drive, run, session.asker(way, beside=beside), ledger, way)
    engine.unwanted = lambda _: False  # those that were stopped are asked too
    engine.run()
    return ledger.left


def decide(store: Store, run: RunRow, state: State, only: Collection[int] | None) -> tuple[list[Ending], RunRow]:
    """Record a person's word for the step whose end is unknown, on all computers or on these; return what followed.

    A job goes on from there: rescue steps, later ones and those always run are queued, for `run resume`. Raises
    RunBusyError while another process drives the run.
    """
    mine, _ = take_over(store, run)
    said = set()

    def asked(position: int, transport: Transport, marker: str, who: Assignment) -> CommandOutcome:
        del position, transport
        if who.computer_id in said:
            return CommandOutcome(Answer.NEVER_STARTED, marker)  # later steps: nobody began them
        said.add(who.computer_id)
        good = state is State.SUCCEEDED
        message = f"{store.actor.name} decided so, on {store.clock():%Y-%m-%d}: the computer could not tell"
        return CommandOutcome(Answer(str(state)), marker, 0 if good else None, reason=DECIDED, message=message)

    brakes = Brakes(Stop(lambda: 0, lambda: False))
    way = session.SessionWay(
        walkers(mine.program), lambda _: serving.here(), asked, asked, store.clock, queue.SimpleQueue(), brakes
    )
    ledger, act = ReconcileLedger(store, mine, Endpoints(Via()), only), session.decider(way)
    endings: list[Ending] = []
    given = ledger.exchange([], [], AT_ONCE).claimed
    while given:
        ended = [act(assignment) for assignment in given]
        endings += ended
        given = ledger.exchange(ended, [], AT_ONCE).claimed
    store.write(lambda unit: _settle(unit, mine))
    return endings, mine


def _settle(unit: UnitOfWork, run: RunRow) -> str:
    """Close a run after its computers were asked: what can go on by itself waits, the rest is interrupted."""
    stopping.settle(unit, run)
    follows = waving.advance(unit, run)
    return close(unit, run, waiting=follows.why if run.options.waits else "", halted=follows.halted)


def wind_up(drive: Drive, run: RunRow) -> DriveReport:
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
    halted = run_owed(watched, mine)
    state = drive.store.write(lambda unit: close(unit, mine, halted=halted))
    return replace(report_of(drive.store, mine, state, why=halted), own=counted.tally.exit_status)


def run_owed(drive: Drive, run: RunRow) -> str:
    """Run what is owed on computers that were stopped, then what the server owes; return why it was halted."""
    ledger = RunLedger(drive.store, run, Endpoints(drive.via, drive.profile, drive.held), winding_up=True)
    way = way_of(drive, run.program, queue.SimpleQueue())

    def settled(unit: UnitOfWork) -> bool:
        stopping.settle(unit, run)
        return stopping.last_is_due(unit, run)

    while True:
        engine = engine_of(drive, run, session.runner(way), ledger, way)
        engine.run()
        if engine.halted or drive.stop.wanted() or not drive.store.write(settled):
            return engine.halted


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
