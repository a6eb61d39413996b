"""Driving a run: begin it, continue it, learn what became of it. No unit of work spans the network (house rule 2)."""

from __future__ import annotations

import queue
import resource
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import StoppedError, worst
from itmsctl.security.credential import HeldCredentials
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.security.via import Via
from itmsctl.tasks import checkpoints, concurrency
from itmsctl.tasks.answers import is_late
from itmsctl.tasks.assignment import Assignment, Ending, StepProgress
from itmsctl.tasks.brakes import Brakes, kills
from itmsctl.tasks.catalogue import is_errand, leaves_marker
from itmsctl.tasks.codes import codes, judged
from itmsctl.tasks.engine import BEAT_S, LOOK_S, TICK_S, Back, Engine, LedgerOfRuns, Observer, Stop
from itmsctl.tasks.owner import RunOwner
from itmsctl.tasks.program import JobStep, Program
from itmsctl.tasks.service import dispatch as reaching
from itmsctl.tasks.service import guarding, protecting, runs, serving, session, stopping, switch, waving
from itmsctl.tasks.service.executing import execute, settle
from itmsctl.tasks.service.ledger import RunLedger, renew
from itmsctl.tasks.service.living import is_dead
from itmsctl.tasks.service.lookout import Lookout
from itmsctl.tasks.service.processes import this_process
from itmsctl.tasks.service.runs import RunPlan, RunRow
from itmsctl.tasks.service.waving import Next
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import FAILED, GUARD, PARTLY, UNKNOWN, Tally
from itmsctl.tasks.walk import walkers
from itmsctl.transports.base import Onlooker, Transport
from itmsctl.transports.endpoint import Credentials
from itmsctl.transports.outcome import Cause, CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer


class Watcher(Observer, Protocol):
    """Who looks on, and is told first what begins."""

    def begins(self, run: RunRow, computers: int) -> None:
        """Learn which run begins, and on how many computers."""


@dataclass(frozen=True)
class Drive:
    """What one drive needs apart from the run itself.

    `via` is the way as it was typed, which a new run keeps; `whole` is that way with the profile and the defaults.
    `held` is what its credentials gave; `returns` tells that whoever drives comes again: what is left when its time is
    up waits for it.
    """

    store: Store
    via: Via
    whole: Via
    profile: Via
    credentials: Credentials
    workers: int
    stop: Stop
    watcher: Watcher
    held: HeldCredentials = field(default_factory=HeldCredentials)
    sleep: Callable[[float], None] = time.sleep
    patient: Callable[[Next], bool] = lambda follows: not follows.long
    returns: bool = False
    live: Onlooker | None = None

    def __post_init__(self) -> None:
        """Let nobody drive a run of a database that is a copy; raise CopyActsError."""
        self.store.acting()


@dataclass(frozen=True, slots=True)
class DriveReport:
    """How a run stands after a drive."""

    run: RunRow
    tally: Tally
    state: str
    dropped: int = 0
    why: str = ""  # it waits, or was halted
    absent: int = 0
    closed: int = 0  # computers that wait for their window, or for their users
    never: int = 0  # closed computers of which no opening is known
    between: int = 0  # computers that stand between two steps, and how the first of them stands
    stands: str = ""
    cancelled: int = 0  # computers that somebody cancelled while this drive went on
    own: int | None = None  # the exit status of this drive alone, where that is what counts
    is_gone: bool = False  # the database was restored meanwhile, and does not know it

    @property
    def exit_status(self) -> int:
        """Return the exit status: that of the counts, and of what holds the run up."""
        if self.own is not None:
            return self.own
        statuses = {self.tally.exit_status}
        if self.state == runs.HALTED or self.closed or self.cancelled:
            statuses.add(GUARD)
        if self.absent or (self.state == runs.INTERRUPTED and self.tally.counts["deferred"]):
            statuses.add(PARTLY if self.tally.counts["ok"] else FAILED)
        return worst(statuses - {0})

    @property
    def held(self) -> str:
        """Return what is said of computers that became protected before their turn came; nothing where none did."""
        number, name = self.tally.reasons[(str(State.CANCELLED), protecting.REASON)], self.run.name
        return f"{number} not begun, for they are protected by now: itmsctl run retry {name} --cancelled" * bool(number)


def allowed_workers(wanted: int) -> tuple[int, str]:
    """Return how many workers this process may have, and a warning where that is fewer than wanted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = wanted * concurrency.FILES_A_WORKER
    if soft < enough <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        soft = enough
    return concurrency.capped(wanted, soft)


def refuse_halted(drive: Drive) -> None:
    """Raise StoppedError where a STOP file or the STOP switch is on before anything began."""
    if drive.stop.halted():
        raise StoppedError("a STOP file forbids new runs; nothing was started", hint="itmsctl doctor names the file")
    with drive.store.read() as reader:
        if switch.is_on(reader):
            raise StoppedError("the STOP switch is on; nothing was started", hint="itmsctl run stop-all --lift")


def start(drive: Drive, plan: RunPlan) -> DriveReport:
    """Store a new run and drive it to its end, or until it is stopped or has to wait."""
    refuse_halted(drive)
    way = way_of(drive, plan.program, queue.SimpleQueue())
    me = this_process()
    run = drive.store.write(lambda unit: _begin(unit, plan, me))
    checkpoints.reached("after_plan")
    drive.watcher.begins(run, len(plan.picked))
    return _run(drive, run, way)


def _begin(unit: UnitOfWork, plan: RunPlan, me: RunOwner) -> RunRow:
    guarding.check_plan(unit, plan)
    return guarding.begin(unit, plan, me)


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be gone on with: computers of these states as new attempts; `now` also those that are not due yet."""

    wanted: Collection[State] = ()
    now: bool = False
    past_gate: bool = False
    confirm: str | None = None
    guard_max: int = 1000


def resume(drive: Drive, run: RunRow, again: Again) -> DriveReport:
    """Go on with a run: the queued computers as they are when they are due, others as new attempts.

    Raises RunBusyError while another process drives the run, SizeGuardError for new attempts over the guard.
    """
    refuse_halted(drive)
    way = way_of(drive, run.program, queue.SimpleQueue())
    with drive.store.read() as reader:
        guarding.check_retry(reader, run, list(again.wanted), again.confirm, again.guard_max)
    mine, _ = take_over(drive.store, run)
    with drive.store.read() as reader:
        skipped = runs.tally(reader, run).counts["skipped"]
    queued = drive.store.write(lambda unit: _requeue(unit, mine, again))
    checkpoints.reached("after_plan")
    drive.watcher.begins(mine, queued)
    report = _run(drive, mine, way, past_gate=again.past_gate)
    return replace(report, cancelled=max(0, report.cancelled - skipped))


def _requeue(unit: UnitOfWork, run: RunRow, again: Again) -> int:
    guarding.check_retry(unit, run, list(again.wanted), again.confirm, again.guard_max)
    guarding.let_pass(unit, run, set(again.wanted) - {State.QUEUED})
    if again.now:
        runs.make_due(unit, run)
    return runs.requeue(unit, run, again.wanted)


def close(unit: UnitOfWork, run: RunRow, *, waiting: str = "", halted: str = "") -> str:
    """Release a run; computers that somebody stopped meanwhile, and that owe nothing, are cancelled first."""
    if not runs.stands(unit, run):
        return runs.INTERRUPTED
    stopping.settle(unit, run)
    return runs.close(unit, run, waiting=waiting, halted=halted)


def way_of(drive: Drive, program: Program, back: Back) -> session.SessionWay:
    """Return what sessions with the members of a run need. Raises what a step raises that nobody could be given."""
    whole, store = drive.whole, drive.store
    for part in program.steps:
        reaching.check(part.step, part.step.run_as or whole.run_as)
    way, brakes = reaching.DispatchWay.of(whole, drive.credentials, drive.live), Brakes(drive.stop)

    def connect(who: Assignment) -> Transport:
        transport = way.to(who)
        transport.met = lambda made: back.put(StepProgress(who, (), made))
        return transport

    def act(position: int, transport: Transport, marker: str, who: Assignment) -> CommandOutcome:
        part = program.steps[position]
        transport.stopped = lambda: brakes.is_killed(who.computer_id, who.stopped, part.role)
        if who.computer_id < 0:
            return serving.serve(store, part.step, marker, transport.stopped)
        return execute(part.step, transport, marker, who.around.get(position), run_as=whole.run_as, reach=way.reach)

    def asked(position: int, transport: Transport, marker: str, who: Assignment) -> CommandOutcome:
        step = program.steps[position].step
        if who.computer_id < 0:
            return serving.ask(step, marker)
        if not leaves_marker(step):
            return CommandOutcome(Answer.NEVER_STARTED, marker)  # as far as it matters: it may be done twice
        run_as, known = step.run_as or whole.run_as, codes(step.success_codes, step.reboot_codes, step.retry_codes)
        answer = transport.ask(marker, run_as=run_as)
        if answer.state is Answer.RUNNING and (cause := _overdue(program.steps[position], who, answer)):
            answer = transport.kill(marker, run_as=run_as, cause=cause)
        if is_errand(step):
            return settle(step, transport, answer, who.around.get(position), run_as)
        return judged(answer, known)

    return session.SessionWay(walkers(program), connect, act, asked, store.clock, back, brakes)


def _overdue(part: JobStep, who: Assignment, answer: CommandOutcome) -> Cause | None:
    """Return why a command that still runs is to be stopped by whoever finds it; None where it is left alone."""
    if is_late(answer, part.step.time_limit_s):
        return "limit"
    return "person" if kills(who.stopped, part.role) else None


def engine_of(
    drive: Drive, run: RunRow, dispatch: Callable[[Assignment], Ending], ledger: LedgerOfRuns, way: session.SessionWay
) -> Engine:
    """Return the engine of one drive; while computers work it looks whether somebody stopped them.

    One that was stopped before it began owes nothing: it is handed back without waiting for its turn.
    """
    look, brakes = Lookout(drive.store, run, way.brakes).look, way.brakes
    return Engine(
        dispatch, ledger, drive.watcher, drive.stop, drive.store.clock, drive.workers, back=way.back, look=look,
        unwanted=lambda who: bool(brakes.of(who.computer_id)) and not who.done,
    )  # fmt: skip


def _run(drive: Drive, run: RunRow, way: session.SessionWay, *, past_gate: bool = False) -> DriveReport:
    """Drive what is due until nothing is, then see what follows: another wave, a pause, or the end."""
    ledger = RunLedger(drive.store, run, Endpoints(drive.via, drive.profile, drive.held))
    halted, follows = "", Next()
    advance = partial(waving.advance, run=run, past_gate=past_gate)
    while True:
        engine = engine_of(drive, run, session.runner(way), ledger, way)
        engine.run()
        halted = engine.halted
        if halted or drive.stop.wanted():
            break
        if not ledger.open_ended:
            break
        follows = drive.store.write(partial(_follows, run=run, advance=advance))
        advance, halted = partial(waving.advance, run=run), follows.halted
        if follows.now:
            continue
        if follows.at is None or not drive.patient(follows) or not _wait(drive, run, follows):
            break
    waiting = _waiting(drive, run, follows)
    state = drive.store.write(lambda unit: close(unit, run, waiting=waiting, halted=halted))
    report = report_of(drive.store, run, state, dropped=ledger.dropped, why=halted or waiting)
    report = replace(report, cancelled=report.tally.counts["skipped"])
    if state != runs.WAITING:
        return report
    return replace(report, absent=follows.absent, closed=follows.closed + follows.put_off, never=ledger.never)


def _follows(unit: UnitOfWork, run: RunRow, advance: Callable[[UnitOfWork], Next]) -> Next:
    """Return what follows; nothing where the database was restored meanwhile, and does not know the run."""
    return advance(unit) if runs.stands(unit, run) else Next()


def _waiting(drive: Drive, run: RunRow, follows: Next) -> str:
    """Return what a run waits for when it is released; nothing where a person stopped what only a person drives."""
    if run.options.background or drive.returns:
        return follows.why or "the next tick goes on with it"
    return "" if drive.stop.interruptions() else follows.why


def _wait(drive: Drive, run: RunRow, follows: Next) -> bool:
    """Wait until something is due, renewing the lease; answer false where the run is stopped or taken over."""
    beat = looked = time.monotonic()
    lookout, before = Lookout(drive.store, run, Brakes(drive.stop)), _queue(drive, run)
    while follows.at is not None and drive.store.clock() < follows.at:
        if time.monotonic() - looked > LOOK_S:
            looked = time.monotonic()
            lookout.look()
            if _queue(drive, run) != before:
                return True  # somebody cancelled computers, or they are due earlier
        if drive.stop.wanted():
            return False
        if time.monotonic() - beat > BEAT_S:
            beat = time.monotonic()
            if not drive.store.write(lambda unit: renew(unit, run)):
                return False
        drive.watcher.tick(0)
        drive.sleep(TICK_S)
    return True


def _queue(drive: Drive, run: RunRow) -> Any:
    with drive.store.read() as reader:
        return waving.queue(reader, run)


def report_of(store: Store, run: RunRow, state: str, *, dropped: int = 0, why: str = "") -> DriveReport:
    """Return how a run stands, as it is stored."""
    with store.read() as reader:
        if not runs.stands(reader, run):
            return DriveReport(run, Tally(), state, dropped, own=UNKNOWN, is_gone=True)
        tally = runs.tally(reader, run)
        report = DriveReport(run, tally, state, dropped, why)
        if run.program.is_job and tally.counts["deferred"]:
            between, stands = stopping.between(reader, run)
            report = replace(report, between=between, stands=stands)
        return report


def take_over(store: Store, run: RunRow) -> tuple[RunRow, int]:
    """Become the driver of a run; claims of a dead driver become unknown. Raises RunBusyError."""
    me = this_process()
    return store.write(lambda unit: runs.take_over(unit, run, me, lambda row: is_dead(unit, row, me)))
