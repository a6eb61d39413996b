"""One tick: decide what is due, expire what is overdue, drive what is queued, as long as its time lasts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import ItmsError, RunBusyError, TickBusyError, worst
from itmsctl.policies import checkpoints
from itmsctl.policies.service import deciding, lease, upkeep
from itmsctl.policies.service.lease import LeaseHeld
from itmsctl.policies.service.policies import Policies
from itmsctl.policies.service.starting import Decided
from itmsctl.security.via import Via
from itmsctl.targeting.service.ledger import MembershipPass as MembershipRun
from itmsctl.tasks import service as tasks
from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.engine import TICK_S, Stop
from itmsctl.tasks.service import rearming, ticking
from itmsctl.tasks.service.runs import HALTED, WAITING, RunRow, find_run
from itmsctl.tasks.tally import FAILED, GUARD, PARTLY, UNKNOWN, Tally
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import shell_arg

Outfit = Callable[[Via], Callable[[Stop, tasks.Watcher], tasks.Drive]]
IDLE = 5  # how often a run that comes to nothing is driven in one tick


@dataclass
class Watching:
    """Counts what ends; a tick shows runs, not computers."""

    tally: Tally = field(default_factory=Tally)

    def begins(self, run: RunRow, computers: int) -> None:
        """Learn which run begins."""

    def ended(self, ending: Ending) -> None:
        """Count a computer."""
        self.tally.add(ending.state, ending.outcome.reason)

    def tick(self, running: int) -> None:
        """Show nothing."""


@dataclass
class Hours:
    """How long a tick may start anything: by its clock and by the monotonic one, whichever ends first."""

    clock: Callable[[], datetime]
    end: datetime
    last: float
    share: float = 0.0  # monotonic end of the run that is driven now

    @classmethod
    def of(cls, clock: Callable[[], datetime], seconds: float) -> Hours:
        """Return the hours of a tick that begins now."""
        last = time.monotonic() + seconds
        return cls(clock, clock() + timedelta(seconds=seconds), last, last)

    def part(self, share: float) -> Callable[[], bool]:
        """Return what says whether a share of the time that is left is up."""
        now = time.monotonic()
        end = now + (self.last - now) * share
        return lambda: time.monotonic() >= end or self.clock() >= self.end

    def cut(self, parts: int) -> None:
        """Give the next run its share of what is left: one that is long does not starve the others."""
        now = time.monotonic()
        self.share = now + (self.last - now) / parts

    def up(self) -> bool:
        """Return whether the run that is driven now may start no more."""
        return time.monotonic() >= self.share or self.clock() >= self.end


@dataclass
class Tick:
    """A tick, and what came of it. `show` is given each object of the output; `fail` each error, and of what."""

    store: Store
    guard_max: int
    show: Callable[[dict[str, Any]], None]
    fail: Callable[[ItmsError, str], None]
    warn: Callable[[str], None]
    sleep: Callable[[float], None]
    statuses: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    _left: set[int] = field(default_factory=set)  # runs that are not driven any more by this tick
    _idle: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Decide nothing for a database that is a copy; raise CopyActsError."""
        self.store.acting()

    @property
    def exit_status(self) -> int:
        """Return the exit status: the worst of all that this tick has seen end."""
        return worst({*self.statuses, self.tally.exit_status} - {0})

    def summary(self) -> dict[str, Any]:
        """Return the last object of the output."""
        named = ("started", "queued", "skipped", "missed", "expired", "runs", "errors")
        occurrences = {name: self.counts[name] for name in named}
        occurrences["occurrences_skipped"] = occurrences.pop("skipped")
        return {"type": "summary", **occurrences, **self.tally.as_dict()}

    # --- membership -----------------------------------------------------------------------------------------------

    def keep_membership(self) -> None:
        """Make the updates of membership that are due; say which changed anybody's."""
        with self.store.read() as reader:
            due = upkeep.due(reader)
        for kind in due:
            with self._failing(f"membership update --{kind}"):
                run = self.store.write(partial(upkeep.keep, kind=kind, clock=self.store.clock))
                if run is not None and (run.added or run.removed):
                    self._updated(run)

    def _updated(self, run: MembershipRun) -> None:
        why = f"{counted(run.added, 'member')} added, {run.removed} removed"
        row = {"type": "membership", "state": run.kind, "computers": run.computers, "why": why}
        self.show(row | {"added": run.added, "removed": run.removed})
        if run.kind == "complete":
            self.warn(
                f"{run.added + run.removed} members differed from what the updates before had left; they are right now "
                "(itmsctl membership list): report it if nobody wrote to the database by hand"
            )

    # --- what is due ----------------------------------------------------------------------------------------------

    def decide(self) -> LeaseHeld | None:
        """Decide every occurrence that is due; return who does so already, where somebody does."""
        with self.store.read() as reader:
            names, ahead = deciding.names(reader), deciding.ahead(reader)
        for name, until in ahead:
            self.warn(
                f"policy `{name}` was looked at by a clock that was ahead: nothing of it is due before "
                f"{until:%Y-%m-%d %H:%M} UTC; itmsctl policy enable {shell_arg(name)} counts from now"
            )
        token = self.store.write(lease.take)
        if isinstance(token, LeaseHeld):
            return token
        checkpoints.reached("after_lease")
        try:
            for shelf, name in names:
                with self._failing(f"{shelf.kind.name} `{name}`"):
                    self._decide(shelf, name, token)
        finally:
            self.store.write(lambda unit: lease.release(unit, token))
        checkpoints.reached("after_release")
        return None

    def _decide(self, shelf: Policies, name: str, token: int) -> None:
        with self.store.read() as reader:
            if not deciding.anything(reader, shelf, name):
                return

        def work(unit: UnitOfWork) -> list[Decided]:
            lease.check(unit, token)
            return deciding.decide(unit, shelf, name, self.guard_max)

        for decided in self.store.write(work):
            checkpoints.reached("after_decision")
            if decided.state != "known":
                self.counts[decided.state] += 1
                self.show(decided.as_dict())

    def besides(self, calls: Iterable[Callable[[], str]]) -> Iterator[str]:
        """Do what later rooms have ticks do, and yield what is said of it (hooks `tick_begins` and `ticked`)."""
        for call in calls:
            with self._failing("besides"):
                if said := call():
                    yield said

    def expire(self) -> None:
        """End what is overdue, of all runs, and list it."""
        with self.store.read() as reader:
            if not ticking.overdue(reader):
                return
        for one in self.store.write(ticking.expire):
            self.counts["expired"] += 1
            self.statuses.add(PARTLY if one.succeeded else FAILED)
            self.show(one.as_dict())

    # --- what is queued -------------------------------------------------------------------------------------------

    def drive(self, outfit: Outfit, stop: Stop, hours: Hours) -> None:
        """Drive runs that have something to do until none has, or the time is up."""
        with self._failing("windows"):
            rearming.rearm(self.store)
        while not (stop.pressing() or hours.up()):
            with self.store.read() as reader:
                due = [run for run in ticking.due_runs(reader) if run.id not in self._left]
                coming = None if due else ticking.next_due(reader)
            if not due and (coming is None or not self._wait(coming, stop, hours)):
                return
            for number, run in enumerate(due):
                hours.cut(len(due) - number)
                if stop.wanted():
                    return
                with self._failing(run.name):
                    self._drive(run, outfit, stop)
            hours.cut(1)

    def _wait(self, moment: datetime, stop: Stop, hours: Hours) -> bool:
        """Wait for a moment, where it comes while the time lasts."""
        if moment >= hours.end:
            return False
        while self.store.clock() < moment:
            if stop.wanted():
                return False
            self.sleep(max(0.001, min(TICK_S, (moment - self.store.clock()).total_seconds())))
        return True

    def _drive(self, run: RunRow, outfit: Outfit, stop: Stop) -> None:
        watching = Watching()
        self._left.add(run.id)  # unless it comes through
        drive = replace(outfit(run.via)(stop, watching), patient=lambda _: False, returns=True)
        try:
            report = self._through(drive, run)
        except RunBusyError:
            return  # another tick has it
        checkpoints.reached("after_drive")
        self._left.discard(run.id)
        self._take(report, watching)

    def _through(self, drive: tasks.Drive, run: RunRow) -> tasks.DriveReport:
        """Ask those whose outcome is unknown, then go on with what is due."""
        with self.store.read() as reader:
            asks = ticking.unknown(reader, run)
        report = tasks.reconcile(drive, run) if asks else None
        with self.store.read() as reader:
            now = find_run(reader, run.guid)
            goes_on = report is None or any(due.id == run.id for due in ticking.due_runs(reader))
        return tasks.resume(drive, now, tasks.Again()) if goes_on else report  # type: ignore[return-value]  # one is there

    def _take(self, report: tasks.DriveReport, watching: Watching) -> None:
        own = watching.tally
        for state, number in own.counts.items():
            self.tally.counts[state] += number
        self.tally.identity_failures += own.identity_failures
        self._idle[report.run.id] += not own.computers
        if self._idle[report.run.id] >= IDLE:
            self._left.add(report.run.id)
        if report.state == HALTED or report.never:
            self.statuses.add(GUARD)
        if report.tally.counts["unknown"] or report.tally.counts["running"]:
            self.statuses.add(UNKNOWN)
        self.counts["runs"] += 1
        row = {
            "type": "run",
            "run": report.run.name,
            "task": report.run.task,
            "state": report.state,
            "computers": report.tally.computers,
            "why": report.why if report.state in {HALTED, WAITING} else report.held,
        }
        self.show(row | report.tally.as_dict())

    @contextmanager
    def _failing(self, what: str) -> Iterator[None]:
        """Say what went wrong, and go on with the next: one that cannot be decided or driven holds nobody up."""
        try:
            yield
        except TickBusyError:
            raise
        except ItmsError as error:
            self.counts["errors"] += 1
            self.statuses.add(error.exit_status)
            self.fail(error, what)
