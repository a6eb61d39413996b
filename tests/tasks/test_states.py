"""The states of a computer in a run: by table, and as a machine that lives through crashes (I2 to I4)."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.errors import RunStateError
from itmsctl.security.service import Endpoints
from itmsctl.security.via import Via
from itmsctl.tasks import states
from itmsctl.tasks.answers import state_after_ask
from itmsctl.tasks.assignment import Assignment, Ending, state_after_run
from itmsctl.tasks.brakes import CANCELLED
from itmsctl.tasks.owner import RunOwner
from itmsctl.tasks.program import Program
from itmsctl.tasks.service import runs, stopping
from itmsctl.tasks.service.ledger import RunLedger
from itmsctl.tasks.service.reconciling import ReconcileLedger
from itmsctl.tasks.service.recorded import read
from itmsctl.tasks.service.runs import Picked, RunPlan
from itmsctl.tasks.states import Event, State
from itmsctl.tasks.step import Step
from itmsctl.transports.outcome import CommandOutcome, HostFacts
from itmsctl.transports.outcome import RemoteState as Answer
from tests.conftest import FrozenClock
from tests.invariants import assert_invariants

LEGAL = {
    ("queued", "claim", "claimed"),
    ("queued", "cancel", "cancelled"),
    ("queued", "restore", "unknown"),
    ("claimed", "result", "succeeded"),
    ("claimed", "result", "failed"),
    ("claimed", "result", "timed_out"),
    ("claimed", "result", "unreachable"),
    ("claimed", "result", "unknown"),
    ("claimed", "result", "cancelled"),
    ("claimed", "suspend", "queued"),
    ("unknown", "reconcile", "cancelled"),
    ("claimed", "release", "queued"),
    ("claimed", "defer", "queued"),
    ("queued", "expire", "expired"),
    ("queued", "told", "succeeded"),
    ("queued", "told", "failed"),
    ("queued", "told", "timed_out"),
    ("queued", "told", "expired"),
    ("expired", "retry", "queued"),
    ("claimed", "lose", "unknown"),
    ("claimed", "restore", "unknown"),
    ("unknown", "reconcile", "succeeded"),
    ("unknown", "reconcile", "failed"),
    ("unknown", "reconcile", "timed_out"),
    ("unknown", "reconcile", "unknown"),
    ("unknown", "reconcile", "queued"),
    ("unknown", "retry", "queued"),
    ("failed", "retry", "queued"),
    ("timed_out", "retry", "queued"),
    ("unreachable", "retry", "queued"),
    ("cancelled", "retry", "queued"),
}


def test_exactly_these_transitions_are_legal() -> None:
    for state, event, wanted in itertools.product(State, Event, State):
        if (state, event, wanted) in LEGAL:
            assert states.check(state, event, wanted) is wanted
        else:
            with pytest.raises(RunStateError):
                states.check(state, event, wanted)


def test_a_success_is_final() -> None:
    assert not [key for key in states.LEGAL if key[0] is State.SUCCEEDED]


def test_unknown_is_tried_again_only_where_that_does_no_harm() -> None:
    assert State.UNKNOWN not in states.may_retry(State, idempotent=False)
    assert State.UNKNOWN in states.may_retry(State, idempotent=True)
    assert State.SUCCEEDED not in states.may_retry(State, idempotent=True)


# --- the machine ------------------------------------------------------------------------------------------------------


@dataclass
class Marker:
    """What an endpoint knows of one attempt."""

    effects: int = 0
    running: bool = False
    status: int | None = None
    sealed: bool = False


class Fleet:
    """Endpoints as dicts: the marker makes an attempt run at most once, as the wrapper does."""

    def __init__(self) -> None:
        self.markers: dict[str, Marker] = {}

    def run(self, marker: str, status: int | None) -> CommandOutcome:
        """Run under a marker; with no status the command goes on when the link is cut."""
        found = self.markers.get(marker)
        if found is None:
            found = self.markers[marker] = Marker(effects=1, running=status is None, status=status)
        return CommandOutcome(Answer.UNKNOWN, marker, reason="LINK-LOST") if found.sealed else self._told(marker, found)

    def ask(self, marker: str) -> CommandOutcome:
        """Return what became of a marker; one that was never used is sealed."""
        found = self.markers.setdefault(marker, Marker(sealed=True))
        if found.sealed:
            return CommandOutcome(Answer.NEVER_STARTED, marker, host=HostFacts(uptime_s=1e6))
        return self._told(marker, found)

    @staticmethod
    def _told(marker: str, found: Marker) -> CommandOutcome:
        if found.running:
            return CommandOutcome(Answer.RUNNING, marker)
        state = Answer.SUCCEEDED if found.status == 0 else Answer.FAILED
        return CommandOutcome(state, marker, exit_status=found.status)


class RunMachine(RuleBasedStateMachine):
    """One run of four computers, several drivers that come and die, and links that are cut; SQLite underneath."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "cmdb.sqlite"
        shutil.copyfile(self.template, path)
        path.chmod(0o600)
        self.clock = FrozenClock()
        self.store: Store = open_store(
            place_of(str(path)), clock=self.clock, actor=Actor("t"), state_folder=self.folder / "state"
        )
        self.fleet = Fleet()
        self.serial = 1
        picked = [Picked(n, f"00000000-0000-4000-8000-{n:012}", f"c{n}") for n in range(1, 5)]
        step = Step("command", "command", "true")
        self.run = self.store.write(
            lambda u: runs.begin(u, RunPlan(Program.of(step), Via(), "--all", picked), self.me())
        )
        self.held: list[tuple[RunLedger, Assignment]] = []  # what workers hold, of living and of dead drivers
        self.ledger = RunLedger(self.store, self.run, Endpoints(Via()))
        self.terminal: dict[tuple[str, int], tuple[str, int | None]] = {}

    def me(self) -> RunOwner:
        return RunOwner("host", "boot", self.serial, self.serial)

    @rule(want=st.integers(1, 3))
    def claim(self, want: int) -> None:
        for assignment in self.ledger.exchange([], [], want).claimed:
            self.held.append((self.ledger, assignment))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), status=st.sampled_from([0, 0, 3, None]), cut=st.booleans())
    def finish(self, data: st.DataObject, status: int | None, cut: bool) -> None:
        """A worker, perhaps of a driver that was taken for dead, runs its computer and brings the result."""
        ledger, assignment = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        outcome = self.fleet.run(assignment.marker, status)
        if cut:
            outcome = CommandOutcome(Answer.UNKNOWN, assignment.marker, reason="LINK-LOST")
        now = self.clock()
        ledger.exchange([Ending(assignment, state_after_run(outcome), outcome, None, now, now)], [], 0)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        ledger, assignment = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        ledger.exchange([], [assignment], 0)

    @rule(lost=st.booleans())
    def crash(self, lost: bool) -> None:
        """The driver dies, or only seems to: its workers may come back with results later."""
        if lost:
            self.held = []
        self.take_over()

    def take_over(self) -> None:
        self.serial += 1
        self.run, _ = self.store.write(lambda u: runs.take_over(u, self.run, self.me(), lambda _: True))
        self.ledger = RunLedger(self.store, self.run, Endpoints(Via()))

    @rule()
    def reconcile(self) -> None:
        self.take_over()
        ledger = ReconcileLedger(self.store, self.run, Endpoints(Via()))
        for assignment in ledger.exchange([], [], 10).claimed:
            outcome = self.fleet.ask(assignment.marker)
            now = self.clock()
            state = state_after_ask(outcome, claimed_at=assignment.claimed_at, now=now, idempotent=False)
            ledger.exchange([Ending(assignment, state, outcome, None, now, now)], [], 0)

    @rule(wanted=st.sets(st.sampled_from([State.FAILED, State.UNREACHABLE, State.CANCELLED])))
    def retry(self, wanted: set[State]) -> None:
        self.take_over()
        self.store.write(lambda u: runs.requeue(u, self.run, wanted))

    @rule()
    def cancel(self) -> None:
        self.store.write(lambda u: stopping.stop(u, self.run, CANCELLED))

    @rule()
    def restore(self) -> None:
        self.store.write(runs.database_restored)
        self.run = self.reread()
        self.ledger = RunLedger(self.store, self.run, Endpoints(Via()))

    def reread(self) -> runs.RunRow:
        with self.store.read() as reader:
            return runs.find_run(reader, self.run.guid)

    @rule()
    def commands_end(self) -> None:
        for marker in self.fleet.markers.values():
            if marker.running:
                marker.running, marker.status = False, 0
        self.clock.forward(seconds=5)

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "store"):
            return
        assert all(marker.effects <= 1 for marker in self.fleet.markers.values())  # I2
        with self.store.read() as reader:
            rows = list(read(reader, self.run, with_output=False))
        for row in rows:
            key, now = (row.computer, row.attempt), (str(row.state), row.exit_status)
            if key in self.terminal:
                assert self.terminal[key] == now  # I3
            if row.state in {State.SUCCEEDED, State.FAILED, State.TIMED_OUT}:
                self.terminal[key] = now
                marker = self.fleet.markers[f"{self.run.guid}.{row.guid}.{row.attempt}"]
                assert (marker.effects, marker.status) == (1, row.exit_status)  # the true exit status

    def teardown(self) -> None:
        if hasattr(self, "store"):
            try:
                self.take_over()
                self.store.write(lambda u: runs.close(u, self.run))
                assert_invariants(self.store)
            finally:
                self.store.close()
                shutil.rmtree(self.folder, ignore_errors=True)


def test_the_run_machine(sqlite_template: Path) -> None:
    RunMachine.template = sqlite_template
    machine = settings(
        max_examples=15, stateful_step_count=20, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(RunMachine, settings=machine)
