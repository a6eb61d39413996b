"""The run engine: worker threads act, one writer records (house rule 2: claim, commit, act, record).

The thread that calls `Engine.run` is the writer: the only one that touches the database. It claims a slice, hands it to
the workers, collects what they bring back, and stores it in batches, claiming the next slice in the same unit of work.
A worker holds one computer at a time and never touches the database.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from itmsctl.tasks import checkpoints
from itmsctl.tasks.assignment import Assignment, Ending, StepProgress, lost
from itmsctl.values.times import Clock

_T = TypeVar("_T")
BATCH = 200  # results in one unit of work, at most
WINDOW_S = 0.2  # how long the first result of a batch waits for others
LONGEST_S = 1.0  # the same where little else is done meanwhile
SHARE = 6.0  # processor time that goes by before the next batch, against that of storing the last one
LOOK_S = 0.25  # how often it is looked whether somebody stopped the run, or computers of it
TICK_S = 0.2  # how often signals, the stop file and the display are looked at
BEAT_S = 15.0  # how often the lease is renewed while nothing ends
GRACE_S = 30.0  # how long the first Ctrl-C waits for computers that run


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one unit of work did: which endings were stored, and what was claimed.

    `more` tells whether computers may be left that are due now, where some were asked for; `fenced` that another
    process has taken the run over; `halted` that no computer may be started any more, and why.
    """

    recorded: Sequence[Ending]
    claimed: Sequence[Assignment]
    more: bool
    fenced: bool = False
    halted: str = ""


class LedgerOfRuns(Protocol):
    """Where a run is stored."""

    def exchange(
        self,
        endings: Sequence[Ending],
        released: Sequence[Assignment],
        want: int,
        progress: Sequence[StepProgress] = (),
    ) -> Exchange:
        """Store what came back, renew the lease, and claim up to `want` computers that are due: one unit of work."""


class Observer(Protocol):
    """Who looks on. It is called by the writer, after the commit; what it raises ends the run like a signal."""

    def ended(self, ending: Ending) -> None:
        """Learn that a computer has ended, and that this is stored."""

    def tick(self, running: int) -> None:
        """Learn how many computers are claimed now; called a few times a second."""


@dataclass
class Stop:
    """Whether to go on: asked before each dispatch and at each tick. `halted` looks at the stop file.

    When the time is up, or the STOP switch was turned on, nothing new is started either, but what runs is waited for as
    long as it takes.
    """

    interruptions: Callable[[], int]
    halted: Callable[[], bool]
    by_file: bool = False
    by_switch: bool = False
    time_up: Callable[[], bool] = lambda: False

    def wanted(self) -> bool:
        """Return whether no new computer may be started."""
        return self.pressing() or self.by_switch or self.time_up()

    def held(self) -> bool:
        """Return whether nothing at all may begin, not even steps that are always run."""
        return self.by_switch or self.by_file or self.halted()

    def pressing(self) -> bool:
        """Return whether those that run are waited for a moment only."""
        if not self.by_file and self.halted():
            self.by_file = True
        return self.by_file or self.interruptions() > 0

    def at_once(self) -> bool:
        """Return whether those that run are not waited for."""
        return self.interruptions() > 1


Back = queue.SimpleQueue[Ending | StepProgress | Assignment]


@dataclass
class Engine:
    """One drive of one run."""

    dispatch: Callable[[Assignment], Ending]
    ledger: LedgerOfRuns
    observer: Observer
    stop: Stop
    clock: Clock
    concurrency: int
    grace_s: float = GRACE_S
    bug: BaseException | None = None
    halted: str = ""
    back: Back = field(default_factory=queue.SimpleQueue)  # workers may put progress in here
    look: Callable[[], None] = lambda: None  # learns whether somebody stopped the run, or computers of it
    unwanted: Callable[[Assignment], bool] = lambda _: False  # whether one that waits for a worker is handed back
    _work: queue.SimpleQueue[Assignment | None] = field(default_factory=queue.SimpleQueue)
    _open: dict[int, Assignment] = field(default_factory=dict)
    _more: bool = True
    _workers: int = 0
    _beat: float = 0.0
    _looked: float = 0.0
    _enough: float = 0.0  # processor time from which storing is a small part of the work

    def run(self) -> None:
        """Run until nothing is queued or claimed any more, or until stopped. Every ending is stored before it returns.

        Raises what the ledger raises: computers that run then are left to `run reconcile`. A bug of a worker makes its
        computer `unknown`, and is raised at the end.
        """
        try:
            self._exchange([], [])
            checkpoints.reached("after_claim")
            deadline: float | None = None
            while self._open:
                if deadline is None and self.stop.pressing():
                    deadline = time.monotonic() + self.grace_s
                if deadline is not None and (self.stop.at_once() or time.monotonic() > deadline):
                    self._abandon()
                    break
                self._step()
        finally:
            for _ in range(self._workers):
                self._work.put(None)
        if self.bug is not None:
            raise self.bug

    # --- the writer -----------------------------------------------------------------------------------------------

    def _step(self) -> None:
        if time.monotonic() - self._looked > LOOK_S:
            self.look()
            self._hand_back()
            self._looked = time.monotonic()
        endings, released, progress = self._gather()
        due = time.monotonic() - self._beat > BEAT_S
        if endings or released or progress or due:
            checkpoints.reached("after_exit_before_commit")
            self._more = self._more or due  # a pause may be over
            self._exchange(endings, released, progress)
        self.observer.tick(len(self._open))

    def _hand_back(self) -> None:
        """Hand back what waits for a worker and is no longer wanted: no worker need be free for it."""
        for waiting in _drained(self._work):
            if waiting is not None and self.unwanted(waiting):
                self.back.put(waiting)
            else:
                self._work.put(waiting)

    def _gather(self) -> tuple[list[Ending], list[Assignment], list[StepProgress]]:
        endings: list[Ending] = []
        released: list[Assignment] = []
        progress: list[StepProgress] = []
        wait, until, latest = TICK_S, 0.0, 0.0
        while len(endings) + len(released) < min(BATCH, len(self._open)):
            try:
                item = self.back.get(timeout=wait)
            except queue.Empty:
                if not until or time.monotonic() >= latest or time.process_time() >= self._enough:
                    break
                wait = WINDOW_S / 4
                continue
            if isinstance(item, Ending):
                endings.append(item)
            elif isinstance(item, StepProgress):
                progress.append(item)
            else:
                released.append(item)
            now = time.monotonic()
            if not until:
                until, latest = now + WINDOW_S, now + LONGEST_S
            if now >= latest or (now >= until and time.process_time() >= self._enough):
                break
            if self._more and self._work.empty() and not self.stop.wanted():
                break
            wait = max(0.01, until - now)
        return endings, released, progress

    def _exchange(
        self, endings: list[Ending], released: list[Assignment], progress: Sequence[StepProgress] = ()
    ) -> None:
        begin = time.thread_time()
        want = self._wanted(len(endings) + len(released))
        done = self.ledger.exchange(endings, released, want, progress)
        self._beat = time.monotonic()
        self._enough = time.process_time() + SHARE * (time.thread_time() - begin)
        if endings:
            checkpoints.reached("after_commit")
        for ending in endings:
            del self._open[ending.assignment.computer_id]
        for assignment in released:
            del self._open[assignment.computer_id]
        self.halted = self.halted or done.halted
        if want:  # who asks for none does not learn whether there are more
            self._more = done.more
        self._more = self._more and not done.fenced and not self.halted
        for assignment in done.claimed:
            self._open[assignment.computer_id] = assignment
            self._work.put(assignment)
        self._hire()
        for ending in done.recorded:
            self.observer.ended(ending)

    def _wanted(self, ending: int) -> int:
        """Return how many computers to claim: the workers' own, and as many in reserve."""
        if not self._more or self.halted or self.stop.wanted():
            return 0
        return max(0, 2 * self.concurrency - (len(self._open) - ending))

    def _abandon(self) -> None:
        """Release everything: what waits is handed back, what runs is unknown until its marker is asked."""
        back = _drained(self.back)
        endings = [item for item in back if isinstance(item, Ending)]
        progress = [item for item in back if isinstance(item, StepProgress)]
        released = [item for item in back if isinstance(item, Assignment)]
        released += [item for item in _drained(self._work) if item is not None]
        settled = {e.assignment.computer_id for e in endings} | {a.computer_id for a in released}
        now = self.clock()
        for assignment in self._open.values():
            if assignment.computer_id not in settled:
                why = "the run was interrupted while the command may have been running"
                endings.append(lost(assignment, now, "INTERRUPTED", why))
        self._exchange(endings, released, progress)

    # --- the workers ----------------------------------------------------------------------------------------------

    def _hire(self) -> None:
        while self._workers < min(self.concurrency, len(self._open)):
            worker = threading.Thread(target=self._serve, name=f"worker-{self._workers + 1}", daemon=True)
            try:
                worker.start()
            except RuntimeError:  # the machine gives no more of them: those that there are do the work
                if not self._workers:
                    raise
                self.concurrency = self._workers
                return
            self._workers += 1

    def _serve(self) -> None:
        while (assignment := self._work.get()) is not None:
            if self.stop.wanted():
                self.back.put(assignment)
                continue
            checkpoints.reached("before_dispatch")
            begin = self.clock()
            try:
                ending = self.dispatch(assignment)
            except Exception as error:  # noqa: BLE001 - a bug of ours must not leave a computer claimed; it is raised at the end
                self.bug = error
                ending = lost(assignment, begin, "BUG", f"{type(error).__name__}: {error}")
            checkpoints.reached("after_dispatch")
            if ending.outcome.stdout.total or ending.outcome.stderr.total:
                checkpoints.reached("first_output")
            self.back.put(ending)


def _drained(source: queue.SimpleQueue[_T]) -> list[_T]:
    items = []
    while True:
        try:
            items.append(source.get_nowait())
        except queue.Empty:
            return items
