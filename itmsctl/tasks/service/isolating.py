"""A result that the database refuses is that computer's alone: the others of its batch are stored all the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from itmsctl.cmdb.faults import ConstraintError
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InputError, ReplyGarbledError
from itmsctl.tasks.assignment import Ending, StepProgress
from itmsctl.tasks.states import State
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer
from itmsctl.values.untrusted import log_text

_T = TypeVar("_T")
_REFUSALS = (InputError, ConstraintError)


def isolated(
    store: Store,
    whole: Callable[[UnitOfWork, Sequence[Ending], Sequence[StepProgress]], _T],
    alone: Callable[[UnitOfWork, Ending | StepProgress], object],
    endings: Sequence[Ending],
    progress: Sequence[StepProgress] = (),
) -> _T:
    """Store a batch of results as one unit of work, `whole`, and return what it returns.

    Where the database refuses a value, each result is tried by itself with `alone`, rolled back; those that are refused
    are stored as unknown, with the reason and without what the computer said.
    """
    try:
        return store.write(lambda unit: whole(unit, endings, progress))
    except _REFUSALS:
        parts: list[Ending | StepProgress] = [*endings, *progress]
        refused = {id(part): why for part in parts if (why := _refusal(store, alone, part))}
        if not refused:
            raise
        ended = [_unstorable(e, refused[id(e)]) if id(e) in refused else e for e in endings]
        going = [_silenced(p, refused[id(p)]) if id(p) in refused else p for p in progress]
        return store.write(lambda unit: whole(unit, ended, going))


def _refusal(
    store: Store, alone: Callable[[UnitOfWork, Ending | StepProgress], object], part: Ending | StepProgress
) -> Exception | None:
    try:
        store.write(lambda unit: alone(unit, part), dry_run=True)
    except _REFUSALS as error:
        return error
    return None


def _unstorable(ending: Ending, why: Exception) -> Ending:
    """Return an ending whose outcome nobody can tell: what the computer reported cannot be stored."""
    outcome = _plain(replace(ending.outcome, state=Answer.UNKNOWN), why)
    return replace(
        ending, state=State.UNKNOWN, outcome=outcome, connection=None, steps=(), not_before=None, suspended=False
    )


def _silenced(progress: StepProgress, why: Exception) -> StepProgress:
    steps = tuple(replace(s, outcome=_plain(s.outcome, why)) for s in progress.steps)
    return replace(progress, steps=steps, connection=None)


def _plain(outcome: CommandOutcome, why: Exception) -> CommandOutcome:
    """Return an outcome without anything that the computer said."""
    cause = why.why if isinstance(why, InputError) and why.why else str(why)
    message = f"what the computer reported cannot be stored: {log_text(cause)[:200]}"
    return CommandOutcome(
        outcome.state, outcome.marker, reason=ReplyGarbledError.code, message=message,
        leads_to=ReplyGarbledError.exit_status, duration_s=outcome.duration_s,
    )  # fmt: skip
