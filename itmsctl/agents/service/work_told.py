"""Work that agents carried out by themselves, stored where the run engine stores its own: one truth."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.agents.agent import Agent
from itmsctl.agents.service.acting import CARRIED_OUT
from itmsctl.agents.service.deliverable import delivery_steps_id, is_of_delivery
from itmsctl.agents.service.doable import steps_id, steps_said
from itmsctl.agents.service.software_told import store_seen
from itmsctl.agents.work import EXPIRED, ToldStep, ToldWork
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.policies.rows import occurrences
from itmsctl.policies.service import deciding
from itmsctl.policies.service.policies import POLICIES, Policies
from itmsctl.policies.service.starting import SCHEDULE
from itmsctl.tasks.assignment import Assignment, Ending, StepEnding, StepProgress
from itmsctl.tasks.codes import codes, judged
from itmsctl.tasks.rows import runs
from itmsctl.tasks.service import by_agents, guarding
from itmsctl.tasks.service.runs import RunPlan, RunRow, run_of
from itmsctl.tasks.states import State
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.outcome import CommandOutcome, RemoteState

_GUARD_MAX = 1_000_000  # it was let pass when it was published; one computer more passes no guard
_AHEAD = timedelta(days=1)


def store_work(unit: UnitOfWork, agent: Agent, told: list[ToldWork], known: dict[int, str]) -> str:
    """Store what an agent told of its computer; return what should be said of it.

    `known` keeps what the steps of runs are known by: many agents tell of one.
    """
    said = [_Telling(unit, agent, one, known).store() for one in told]
    return "; ".join(dict.fromkeys(filter(None, said)))


@dataclass
class _Telling:
    """One occurrence that an agent told of."""

    unit: UnitOfWork
    agent: Agent
    told: ToldWork
    known: dict[int, str]
    shelf: Policies = POLICIES

    def store(self) -> str:
        """Store it; return what should be said."""
        computer = self.agent.computer
        doc = self._document()
        if doc is None or computer is None:
            return f"policy {self.told.policy} is no more"
        run = self._run(doc, computer)
        if run is None:
            return ""
        row = by_agents.member(self.unit, run, computer)
        assignment = self._assignment(run, row)
        steps = tuple(self._step(run, one) for one in self.told.steps if one.position < len(run.program.steps))
        store_seen(self.unit, computer, run.program, self.told.steps)
        if not self.told.is_end:
            by_agents.say(self.unit, run, row, self._stage(), StepProgress(assignment, steps))
            return ""
        news = by_agents.take(self.unit, run, row, self._ending(run, assignment, steps))
        by_agents.settle(self.unit, [run.id])
        if self.told.state != EXPIRED:
            self._end_older(doc, computer)
        return "" if news else f"{run.name} has ended there already"

    def _document(self) -> Doc | None:
        """Return the policy or delivery that it is of; None where it is no more."""
        for shelf in CARRIED_OUT:
            if (doc := shelf.of_guids(self.unit, [self.told.policy]).get(self.told.policy)) is not None:
                self.shelf = shelf
                return doc
        return None

    def _end_older(self, doc: Doc, computer: int) -> None:
        """End what was due before what was carried out now: agents go in order, so they never heard of it in time."""
        older = (occurrences.c.policy_id == doc.id, occurrences.c.due < self.told.due, occurrences.c.source == SCHEDULE)
        among = sa.select(occurrences.c.run_id).where(*older)
        by_agents.give_up(self.unit, among, computer, "its agent was not told of it in time, and went on without it")

    # --- which run ------------------------------------------------------------------------------------------------

    def _run(self, doc: Doc, computer: int) -> RunRow | None:
        """Return the run of the occurrence that the computer is of; else one of its own."""
        found = self._known(doc, computer)
        if found is None and self._comes(doc):
            with suppress(ItmsError):  # the tick says it; what was done is stored all the same
                deciding.decide(self.unit, self.shelf, doc.name, _GUARD_MAX)
            found = self._known(doc, computer)
        if found is None and self.told.state == EXPIRED:
            return None  # nobody has asked for it
        return found or self._apart(doc, computer)

    def _known(self, doc: Doc, computer: int) -> RunRow | None:
        statement = (
            sa.select(runs)
            .join(occurrences, occurrences.c.run_id == runs.c.id)
            .where(
                occurrences.c.policy_id == doc.id, occurrences.c.due == self.told.due, occurrences.c.source == SCHEDULE
            )
        )
        row = self.unit.connection.execute(statement).first()
        run = None if row is None else run_of(row)
        if run is not None and by_agents.member(self.unit, run, computer) is not None:
            return run
        return by_agents.run_apart(self.unit, doc.id, self.told.due, computer)

    def _comes(self, doc: Doc) -> bool:
        """Return whether the tick has still to decide the occurrence, and it is due by the clock of this server."""
        handled = self.unit.scalar(sa.select(self.shelf.table.c.handled).where(self.shelf.table.c.id == doc.id))
        is_new = handled is None or self.told.due > handled
        return bool(doc.fields["enabled"]) and is_new and self.told.due <= self.unit.now

    def _apart(self, doc: Doc, computer: int) -> RunRow | None:
        try:
            program, task_id, job_id = self.shelf.work_of(self.unit, doc)
        except ItmsError:
            return None
        plan = RunPlan(
            program, self.shelf.via_of(doc), by_agents.apart(self.told.due), guarding.picked(self.unit, [computer]),
            replace(self.shelf.options_of(doc), overlap=None), task_id, job_id, doc.id, guard_max=_GUARD_MAX,
        )  # fmt: skip
        run = guarding.begin(self.unit, plan, None)
        by_agents.leave(self.unit, run, [computer])
        return run

    # --- what came of it ------------------------------------------------------------------------------------------

    def _assignment(self, run: RunRow, row: Any) -> Assignment:
        endpoint = Endpoint(row.computer_guid, row.computer_name, ())
        return Assignment(row.computer_id, row.attempt, row.token, run.guid, endpoint)

    def _stage(self) -> str:
        word = {"running": "its agent: it runs", "waiting": "its agent waits"}[self.told.state]
        since = f" since {self.told.ended:%Y-%m-%d %H:%M} UTC" if self.told.state == "running" else ""
        why = f": {self.told.message}" if self.told.state == "waiting" and self.told.message else ""
        return f"{word}{since}{why}"

    def _bounded(self, moment: datetime) -> datetime:
        """Return a moment that a computer tells; none is far ahead of the clock here."""
        return min(moment, self.unit.now + _AHEAD)

    def _step(self, run: RunRow, told: ToldStep) -> StepEnding:
        step = run.program.steps[told.position].step
        began, ended = self._bounded(told.began), self._bounded(told.ended)
        outcome = CommandOutcome(
            RemoteState(told.state), self.agent.guid, told.exit_status, told.out, told.err, told.reason, told.message,
            duration_s=max(0.0, (ended - began).total_seconds()),
        )  # fmt: skip
        if not told.reason and not is_of_delivery(run.program):  # whose end detection has judged there
            outcome = judged(outcome, codes(step.success_codes, step.reboot_codes, step.retry_codes))
        return StepEnding(told.position, told.retry, State(str(outcome.state)), outcome, began, ended)

    def _steps_id(self, run: RunRow) -> str:
        if run.id not in self.known:
            of_delivery = is_of_delivery(run.program)
            program = run.program
            self.known[run.id] = delivery_steps_id(program) if of_delivery else steps_id(steps_said(program))
        return self.known[run.id]

    def _ending(self, run: RunRow, assignment: Assignment, steps: tuple[StepEnding, ...]) -> Ending:
        told, position = self.told, self.told.position
        began, ended = self._bounded(told.began or told.ended), self._bounded(told.ended)
        deciding_step = next((one for one in steps if one.position == position), None)
        message = told.message or ("" if deciding_step is None else deciding_step.outcome.message)
        reason = told.reason or ("" if deciding_step is None else deciding_step.outcome.reason)
        if told.steps_id and told.steps_id != self._steps_id(run):
            message = "; ".join(filter(None, (message, "it carried out what was published before the last change")))
        outcome = CommandOutcome(
            RemoteState.FAILED, self.agent.guid, told.exit_status, reason=reason, message=message,
            duration_s=max(0.0, (ended - began).total_seconds()),
        )  # fmt: skip
        if told.state == EXPIRED:
            outcome = replace(outcome, duration_s=None)
        return Ending(assignment, State(told.state), outcome, None, began, ended, steps, position)
