"""Steps of a later room, which reads computers or acts on them: what it asks, and what comes back is stored.

The room registers `interviewer:NAME` for its kind of task, an object of this form. The run engine keeps its promises
for it: no transaction is open while a computer is asked, and what was read is stored with the result of the step, in
one unit of work and only by who holds the claim.

An `Errand` also acts: once, by `Transport.run` under the marker of the step. All before that may be done again without
harm. What the marker answered is settled by the room that sent it, at once or, where the link was lost, when
`run reconcile` asks: there its end is judged, and looked at whether it did what it should.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.tasks.assignment import Ending, StepProgress
from itmsctl.tasks.brakes import KILLED
from itmsctl.tasks.catalogue import action, is_interview
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.step import Step
from itmsctl.transports.base import Transport
from itmsctl.transports.outcome import CommandOutcome, HostFacts, RemoteState
from itmsctl.transports.reader import End
from itmsctl.values.kind import house

if TYPE_CHECKING:
    from itmsctl.transports.streaming import ReadOut

AT_ONCE = 4 << 20  # bytes that are stored in one unit of work, where several computers brought some


class Brought(Protocol):
    """What a computer brought."""

    @property
    def size(self) -> int:
        """Return about how many bytes will be stored."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One interview: with whom, what is asked, and how long it may take."""

    transport: Transport
    marker: str
    question: Any
    options: Mapping[str, Any]
    run_as: str | None
    limit_s: float
    await_return: Callable[[HostFacts], str] = lambda _: "nobody waits for it"


class Interviewer(Protocol):
    """What a later room does for steps of its kind."""

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, Any]:
        """Return what to ask each computer: read by the slice when they are claimed, for a worker asks no CMDB.

        `options` are the arguments of the step, none where they are filled in for each computer later.
        """

    def interview(self, talk: Conversation) -> CommandOutcome:
        """Ask a computer; what it `brought` is handed to `store`. Raises ItmsError."""

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Brought]]) -> None:
        """Store what computers brought, in the unit of work of their results. It may be called again for the same."""


class Errander(Interviewer, Protocol):
    """What a later room does for steps in which it acts: `interview` prepares, runs once under the marker, settles."""

    def settle(self, talk: Conversation, answer: CommandOutcome) -> CommandOutcome:
        """Return what the end that a marker told means. Raises ItmsError: it is unknown then, and asked again."""


def errander(kind: str) -> Errander:
    """Return what a later room registered for a kind of task in which it acts."""
    found: Any = interviewer(kind)
    made: Errander = found
    return made


def cut_short(talk: Conversation, read: ReadOut, too_long: ItmsError, too_late: ItmsError) -> CommandOutcome | None:
    """Return the outcome of a program that did not come to an end by itself; None for one that did."""
    if read.end is End.STOPPED:
        message = "`run kill` ended the reading; nothing was changed there"
        return CommandOutcome(
            RemoteState.CANCELLED, talk.marker, reason=KILLED, message=message, host=read.host, leads_to=9
        )
    if read.end is End.FLOOD:
        return CommandOutcome.of_error(RemoteState.FAILED, talk.marker, too_long)
    if read.end is End.DEADLINE:
        return CommandOutcome.of_error(RemoteState.TIMED_OUT, talk.marker, too_late)
    return None


def interviewer(kind: str) -> Interviewer:
    """Return what a later room registered for a kind of task."""
    found: Any = next(house().calls(f"interviewer:{kind}"))
    made: Interviewer = found
    return made


def questions(reader: Reader, step: Step, ids: Sequence[int]) -> Mapping[int, Any]:
    """Return what a step asks these computers; empty for a step that asks nothing."""
    if not is_interview(step):
        return {}
    options = {} if step.templated else action(step.type).typed(step.arguments)
    return interviewer(step.type).questions(reader, ids, options)


def batches(endings: Sequence[Ending]) -> list[Sequence[Ending]]:
    """Return endings in parts, each to be stored in a unit of work of its own: at least one, which may be empty.

    What computers brought may be much, and while it is written nobody else can write.
    """
    found: list[Sequence[Ending]] = []
    start = weight = 0
    for at, ending in enumerate(endings):
        more = sum(step.outcome.brought.size for step in ending.steps if step.outcome.brought is not None)
        if more and weight and weight + more > AT_ONCE:
            found.append(endings[start:at])
            start, weight = at, 0
        weight += more
    return [*found, endings[start:]]


def store(unit: UnitOfWork, run: RunRow, ended: Sequence[Ending | StepProgress]) -> None:
    """Hand what steps brought to the rooms that asked."""
    found: dict[str, list[tuple[int, Brought]]] = {}
    for part in ended:
        for position, outcome in _told(part):
            if outcome.brought is not None:
                kind = run.program.steps[position].step.type
                found.setdefault(kind, []).append((part.assignment.computer_id, outcome.brought))
    for kind, brought in found.items():
        interviewer(kind).store(unit, brought)


def _told(part: Ending | StepProgress) -> Iterator[tuple[int, CommandOutcome]]:
    """Yield the outcomes of steps by position; also of one that was put off before it was begun."""
    for step in part.steps:
        yield step.position, step.outcome
    if isinstance(part, Ending) and part.outcome.later is not None and part.position is not None:
        yield part.position, part.outcome
