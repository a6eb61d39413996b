"""The engine alone, over a ledger in memory: order, batches, stops, and a bug in a worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from itmsctl.errors import DatabaseUnavailableError
from itmsctl.tasks.assignment import Assignment, Ending, StepProgress
from itmsctl.tasks.engine import BATCH, Engine, Exchange, Stop
from itmsctl.tasks.states import State
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass
class MemoryLedger:
    queued: list[int]
    claimed: set[int] = field(default_factory=set)
    done: dict[int, State] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)
    fail_after: int = 10**9
    fenced: bool = False

    def exchange(
        self,
        endings: Sequence[Ending],
        released: Sequence[Assignment],
        want: int,
        progress: Sequence[StepProgress] = (),
    ) -> Exchange:
        if len(self.batches) >= self.fail_after:
            raise DatabaseUnavailableError("gone")
        self.batches.append(len(endings))
        for ending in endings:
            self.claimed.remove(ending.assignment.computer_id)
            self.done[ending.assignment.computer_id] = ending.state
        for assignment in released:
            self.claimed.remove(assignment.computer_id)
            self.queued.insert(0, assignment.computer_id)
        given, self.queued = ([], self.queued) if self.fenced else (self.queued[:want], self.queued[want:])
        assert not self.claimed & set(given)
        self.claimed |= set(given)
        handed = [Assignment(n, 1, 1, f"r.{n}.1", Endpoint(str(n), str(n), ())) for n in given]
        return Exchange(endings, handed, more=len(given) == want and want > 0, fenced=self.fenced)


@dataclass
class Silence:
    seen: list[int] = field(default_factory=list)

    def ended(self, ending: Ending) -> None:
        self.seen.append(ending.assignment.computer_id)

    def tick(self, running: int) -> None:
        return


def _ends(assignment: Assignment) -> Ending:
    return Ending(assignment, State.SUCCEEDED, CommandOutcome(Answer.SUCCEEDED, assignment.marker), None, NOW, NOW)


def _engine(
    ledger: MemoryLedger,
    dispatch: Callable[[Assignment], Ending] = _ends,
    *,
    count: Callable[[], int] = lambda: 0,
    halted: Callable[[], bool] = lambda: False,
    workers: int = 4,
    grace_s: float = 30.0,
) -> Engine:
    return Engine(dispatch, ledger, Silence(), Stop(count, halted), lambda: NOW, workers, grace_s)


def test_everything_runs_once_and_is_stored_in_batches() -> None:
    ledger = MemoryLedger(list(range(1000)))
    engine = _engine(ledger, workers=32)
    engine.run()
    assert ledger.done == dict.fromkeys(range(1000), State.SUCCEEDED)
    assert sorted(engine.observer.seen) == list(range(1000))  # type: ignore[attr-defined]
    assert max(ledger.batches) <= BATCH
    assert not ledger.claimed


def test_no_more_run_at_once_than_asked_for() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def dispatch(assignment: Assignment) -> Ending:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return _ends(assignment)

    _engine(MemoryLedger(list(range(60))), dispatch, workers=5).run()
    assert most == 5


def test_progress_that_comes_while_all_places_are_taken_ends_no_run() -> None:
    """Nobody is asked for then; that none is given does not mean that none is left."""
    ledger = MemoryLedger(list(range(20)))

    def dispatch(assignment: Assignment) -> Ending:
        engine.back.put(StepProgress(assignment, ()))
        time.sleep(1.0)  # longer than the writer gathers, so that progress is stored by itself
        return _ends(assignment)

    engine = _engine(ledger, dispatch, workers=4)
    engine.run()
    assert ledger.batches.count(0) > 1
    assert ledger.done == dict.fromkeys(range(20), State.SUCCEEDED)


def test_the_slow_do_not_keep_the_others() -> None:
    slow = threading.Event()
    ledger = MemoryLedger(list(range(100)))

    def dispatch(assignment: Assignment) -> Ending:
        if assignment.computer_id in {0, 1, 2}:
            slow.wait(10)
        elif len(ledger.done) > 80:
            slow.set()
        return _ends(assignment)

    _engine(ledger, dispatch, workers=4).run()
    assert slow.is_set()
    assert len(ledger.done) == 100


def test_a_stop_hands_back_what_was_not_begun() -> None:
    begun = threading.Event()
    interrupts = 0
    go = threading.Event()

    def dispatch(assignment: Assignment) -> Ending:
        nonlocal interrupts
        interrupts = 1
        begun.set()
        go.wait(0.5)
        return _ends(assignment)

    ledger = MemoryLedger(list(range(50)))
    _engine(ledger, dispatch, count=lambda: interrupts, workers=1).run()
    assert ledger.done == {0: State.SUCCEEDED}
    assert (len(ledger.queued), ledger.claimed) == (49, set())


@pytest.mark.parametrize("second", [True, False])
def test_what_is_not_waited_for_is_unknown(second: bool) -> None:
    """A second signal, or the end of the grace."""
    go = threading.Event()
    interrupts = 0

    def dispatch(assignment: Assignment) -> Ending:
        nonlocal interrupts
        interrupts = 2 if second else 1
        go.wait(20)
        return _ends(assignment)

    ledger = MemoryLedger(list(range(10)))
    begin = time.monotonic()
    _engine(ledger, dispatch, count=lambda: interrupts, workers=2, grace_s=0.5).run()
    go.set()
    assert time.monotonic() - begin < 5
    assert set(ledger.done.values()) == {State.UNKNOWN}
    assert len(ledger.done) <= 2
    assert len(ledger.queued) + len(ledger.done) == 10


def test_a_run_that_was_taken_over_claims_no_more() -> None:
    ledger = MemoryLedger(list(range(100)))

    def dispatch(assignment: Assignment) -> Ending:
        ledger.fenced = True
        return _ends(assignment)

    _engine(ledger, dispatch, workers=2).run()
    assert 0 < len(ledger.done) < 10


def test_a_bug_makes_its_computer_unknown_and_is_raised_at_the_end() -> None:
    def dispatch(assignment: Assignment) -> Ending:
        if assignment.computer_id == 3:
            raise KeyError("bug")
        return _ends(assignment)

    ledger = MemoryLedger(list(range(10)))
    with pytest.raises(KeyError):
        _engine(ledger, dispatch).run()
    assert ledger.done[3] is State.UNKNOWN
    assert list(ledger.done.values()).count(State.SUCCEEDED) == 9


def test_a_database_that_goes_away_ends_the_run() -> None:
    ledger = MemoryLedger(list(range(500)), fail_after=2)
    with pytest.raises(DatabaseUnavailableError):
        _engine(ledger).run()
    assert ledger.claimed  # they are reconciled later
