"""How a program goes on: from the results of its steps on one computer to the next one, or the end (JOB-3).

A pure function of what is recorded. So a run that was cut off, taken over or reconciled goes on as if nothing had
happened: whoever looks at the same results comes to the same next step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from itmsctl.errors import ExpressionError
from itmsctl.tasks.program import JobStep, Program
from itmsctl.tasks.starting import never_began
from itmsctl.tasks.states import State
from itmsctl.values.lean import dataclass

# Who goes through steps: the machine of the CMDB before the computers and after them, as a member of the run.
BEFORE, COMPUTERS, AFTER = -1, 0, -2
SKIPPED, WAITING = "skipped", "waiting"
STOPPED_BEFORE = "stopped before it"
_BAD = frozenset({State.FAILED, State.TIMED_OUT})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Test = Callable[[Mapping[str, Mapping[str, Any]]], bool]


@dataclass(frozen=True)
class StepDone:
    """What became of one step on one computer: the last of its tries.

    It is `fresh` where no steps that are always run were run since.
    """

    state: State
    exit_status: int | None = None
    reason: str | None = None
    retry: int = 0
    fresh: bool = True


@dataclass(frozen=True)
class Do:
    """Run this step now. `pause_s` is how long a retry waits after the try before it."""

    position: int
    retry: int = 0
    pause_s: float = 0.0


@dataclass(frozen=True)
class WalkEnd:
    """Nothing is left to do. `position` is the step that decided; `broken` one that failed and was rescued."""

    state: State
    position: int | None = None
    broken: int | None = None

    @property
    def rescued(self) -> bool:
        """Return whether a failure was rescued."""
        return self.broken is not None


@dataclass(frozen=True)
class SeenStep:
    """One step as people see it: its state, or `skipped` and why, or `waiting`."""

    position: int
    label: str
    state: str
    why: str = ""


class Walker:
    """Walks one program, or those of its steps that one party goes through. Conditions are compiled once.

    A walk that is `cut` begins no further step but those that are always run, and those only where a step was done
    since they were last run: where nothing was begun, nothing is owed. What the server does after all computers comes
    after what they did, so there steps that are always run are owed from the beginning.
    """

    def __init__(
        self, program: Program, positions: Collection[int] | None = None, *, owes_from_begin: bool = False
    ) -> None:
        self.program = program
        self.owes_from_begin = owes_from_begin
        self.positions = frozenset(range(len(program.steps)) if positions is None else positions)
        self.tests = conditions(program, self.positions)

    def move(self, done: Mapping[int, StepDone], *, cut: bool = False) -> Do | WalkEnd:
        """Return what comes next after these results."""
        return _moved(_Walk(self, done, cut=cut, owes=self.owes_from_begin))

    def owed(self, done: Mapping[int, StepDone]) -> bool:
        """Return whether steps that are always run are still to be run here, if no other one begins any more."""
        return isinstance(_moved(_Walk(self, done, cut=True)), Do)

    def is_always(self, move: Do) -> bool:
        """Return whether a step is one that is always run: brakes do not stop it."""
        return self.program.steps[move.position].role == "always"

    def trace(self, done: Mapping[int, StepDone], *, cut: bool = False) -> list[SeenStep]:
        """Return every step in the order of the program, as far as it is known."""
        walk = _Walk(self, done, cut=cut)
        seen = {found.position: found for found in walk.steps()}
        return [seen.get(n) or SeenStep(n, part.label, WAITING) for n, part in self.parts()]

    def parts(self) -> Iterator[tuple[int, JobStep]]:
        """Yield the steps that are walked, with their positions."""
        return ((n, part) for n, part in enumerate(self.program.steps) if n in self.positions)


class _Walk:
    """One walk: it goes through normal steps, then those of the rescue, then those that always run."""

    def __init__(self, walker: Walker, done: Mapping[int, StepDone], *, cut: bool, owes: bool = False) -> None:
        self.walker = walker
        self.cut = cut
        self.owes = owes or any(found.fresh or walker.program.steps[n].role == "always" for n, found in done.items())
        self.left = False  # a step was left out because the walk was cut, or was stopped while it ran
        self.program = walker.program
        self.tests = walker.tests
        self.done = done
        self.next: Do | None = None
        self.views: dict[str, dict[str, Any]] = {}
        self.broken: int | None = None  # the step whose failure was not tolerated
        self.rescued = False
        self.last: int | None = None

    def steps(self) -> Iterator[SeenStep]:
        """Yield each step that is passed; stops where one is to be run."""
        yield from self._part("normal")
        if self.next is None:
            yield from self._rescue()
        if self.next is None:
            first = self._set_aside()
            yield from self._part("always")
            if self.broken is None:
                self.broken = first
            else:
                self.rescued = False

    def end(self) -> WalkEnd:
        """Return how the walk ended."""
        if self.broken is None:
            return WalkEnd(State.CANCELLED if self.left else State.SUCCEEDED, self.last)
        if self.rescued:
            return WalkEnd(State.SUCCEEDED, self.last, self.broken)
        return WalkEnd(self.done[self.broken].state, self.broken)

    def _set_aside(self) -> int | None:
        """Let the steps that follow begin as if nothing had failed; return what had."""
        first, self.broken = self.broken, None
        return first

    def _rescue(self) -> Iterator[SeenStep]:
        first = self.broken
        why = self._nothing_to_rescue(first)
        if why:
            for n, part in self.walker.parts():
                if part.role == "rescue":
                    yield self._skip(n, part, why)
            return
        self._set_aside()
        yield from self._part("rescue")
        if self.next is None:
            self.rescued, self.broken = self.broken is None and not self.left, first

    def _nothing_to_rescue(self, broken: int | None) -> str:
        """Return why no step of the rescue is to run; empty where they are."""
        if broken is None or self._at(broken).on_error != "rescue":
            return "nothing was to be rescued"
        return (
            f"step `{self._at(broken).label}` was not started"
            if never_began(self.done[broken].exit_status, self.done[broken].reason)
            else ""
        )

    def _at(self, position: int) -> JobStep:
        return self.program.steps[position]

    def _part(self, role: str) -> Iterator[SeenStep]:
        for n, part in self.walker.parts():
            if part.role != role:
                continue
            if self.broken is not None:
                yield self._skip(n, part, f"step `{self._at(self.broken).label}` failed")
            elif n in self.tests and not self.tests[n](self.views):
                yield self._skip(n, part, f"not so: {part.when}")
            elif self._left_out(n, part):
                self.left = self.left or part.role != "always"
                yield self._skip(n, part, STOPPED_BEFORE)
            else:
                found = self._meet(n, part)
                if found is None:
                    return
                yield found

    def _left_out(self, position: int, part: JobStep) -> bool:
        """Return whether a step without a result is not begun any more: somebody stopped the walk before it."""
        if position in self.done:
            return False
        if part.role == "always":
            return self.cut and not self.owes
        return self.cut or self.left

    def _skip(self, position: int, part: JobStep, why: str) -> SeenStep:
        self.views[part.label] = _view(SKIPPED, None, None)
        return SeenStep(position, part.label, SKIPPED, why)

    def _meet(self, position: int, part: JobStep) -> SeenStep | None:
        """Take a step's result in; None where it has none yet, or is to be tried again."""
        found = self.done.get(position)
        if found is None:
            self.next = Do(position)
            return None
        bad = found.state in _BAD
        stopped = found.state is State.CANCELLED
        again = bad and found.retry < part.retries and part.step.may_help(found.exit_status)
        if again and (part.role == "always" or not (self.cut or self.left)):
            self.next = Do(position, found.retry + 1, part.pause_s(found.retry + 1))
            return None
        self.views[part.label] = _view(str(found.state), found.exit_status, found.reason)
        self.last = position
        if stopped and part.role != "always":
            self.left = True
        elif stopped or (bad and part.on_error != "continue"):
            self.broken = position
        return SeenStep(
            position, part.label, str(found.state), "goes on all the same" if bad and self.broken is None else ""
        )


def _moved(walk: _Walk) -> Do | WalkEnd:
    for _ in walk.steps():
        pass
    return walk.next or walk.end()


def _view(state: str, exit_status: int | None, reason: str | None) -> dict[str, Any]:
    return {
        "state": state,
        "exit_status": exit_status,
        "reason": reason,
        "succeeded": state == State.SUCCEEDED,
        "failed": state in _BAD,
        "skipped": state == SKIPPED,
    }


def conditions(program: Program, positions: Collection[int] | None = None) -> dict[int, Test]:
    """Return the conditions of a program by position, compiled; raise ExpressionError for one that cannot be met.

    A condition is written in the filter language over earlier steps: `check.exit_status = 3 or check.failed`. What is
    unknown is not true: a step that was skipped has no exit status, so no comparison with it holds.
    """
    mine = [(n, part) for n, part in enumerate(program.steps) if positions is None or n in positions]
    if not any(part.when for _, part in mine):
        return {}
    from itmsctl.expressions.evaluate import Record, compile_python
    from itmsctl.expressions.parse import parse
    from itmsctl.expressions.registry import Registry
    from itmsctl.values.kind import FilterClass, FilterField, Type

    fields = (
        FilterField("state", Type.TEXT, "succeeded, failed, timed_out or skipped"),
        FilterField("exit_status", Type.INT, "exit status"),
        FilterField("reason", Type.TEXT, "reason of a failure, REBOOT-NEEDED, UNCHANGED ..."),
        FilterField("succeeded", Type.BOOL, "it succeeded"),
        FilterField("failed", Type.BOOL, "it failed or passed its time limit"),
        FilterField("skipped", Type.BOOL, "it was not needed"),
    )
    tests: dict[int, Test] = {}
    for n, part in mine:
        if not part.when:
            continue
        earlier = [other for m, other in mine if _order(m, other) < _order(n, part)]
        registry = Registry(FilterClass(other.label, "", "", fields, "a step") for other in earlier)
        try:
            tree = parse(part.when, registry)
        except ExpressionError as error:
            raise _not_a_condition(n, part, error, [other.label for other in earlier]) from None
        predicate = compile_python(tree, now=_EPOCH, registry=registry)
        tests[n] = lambda views, holds=predicate: holds(Record({k: [v] for k, v in views.items()})) is True  # type: ignore[misc]  # bound now
    return tests


def walkers(program: Program) -> dict[int, Walker]:
    """Return the walkers of a program by party: what the server does before and after, and each computer between."""
    found = {BEFORE: program.before, COMPUTERS: program.inside, AFTER: program.after}
    return {
        party: Walker(program, positions, owes_from_begin=party == AFTER)
        for party, positions in found.items()
        if positions
    }


def party_of(computer_id: int) -> int:
    """Return whose steps a member of a run goes through: the server is a member too, under ids of its own."""
    return computer_id if computer_id < 0 else COMPUTERS


def _order(position: int, part: JobStep) -> tuple[int, int]:
    return ("normal", "rescue", "always").index(part.role), position


def _not_a_condition(n: int, part: JobStep, error: ExpressionError, labels: list[str]) -> ExpressionError:
    known = f"steps before it: {', '.join(labels)}" if labels else "there is no step before it"
    return ExpressionError(
        f"the condition of step `{part.label}` is not understood: {error.message}",
        why=error.why,
        hint=f"{known}; write NAME.failed, NAME.exit_status = 3, NAME.state = 'skipped'",
        details=error.details,
    ).about("steps", n, "when")
