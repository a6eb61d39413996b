"""The run's ledger: claims and results, each batch one unit of work, fenced by the run's token (I2 to I4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.tasks.assignment import Assignment, Ending, StepProgress
from itmsctl.tasks.engine import Exchange
from itmsctl.tasks.options import ABSENT, RunOptions, wait_s
from itmsctl.tasks.owner import LEASE_S
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service import (
    contact,
    interviews,
    overlapping,
    protecting,
    results,
    stopping,
    suspending,
    switch,
    windows,
)
from itmsctl.tasks.service.isolating import isolated
from itmsctl.tasks.service.recorded import done_of
from itmsctl.tasks.service.runs import RunRow, is_same, stands
from itmsctl.tasks.service.surroundings import all_around
from itmsctl.tasks.states import State
from itmsctl.tasks.surroundings import Surroundings
from itmsctl.tasks.walk import StepDone
from itmsctl.transports.endpoint import Endpoint
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import storable

AHEAD = 500  # computers whose connection data are read at once


def renew(unit: UnitOfWork, run: RunRow) -> bool:
    """Renew the lease of a run; return whether it is still ours.

    By its GUID too: in a database that was restored meanwhile another run may have its id, number and token.
    """
    result = unit.connection.execute(
        sa.update(runs)
        .where(runs.c.id == run.id, runs.c.guid == run.guid, runs.c.token == run.token)
        .values(lease_until=unit.now + timedelta(seconds=LEASE_S))
    )
    return bool(result.rowcount)


@dataclass(frozen=True, slots=True)
class _Claim:
    computer: int
    attempt: int
    guid: str
    contacts: int
    at: datetime
    until: datetime | None
    stopped: str = ""


def _nowhere(claim: _Claim) -> Endpoint:
    """Return the endpoint of who has no row: the server itself, or a computer that was removed meanwhile."""
    return Endpoint(claim.guid, "server", ("here",)) if claim.computer < 0 else Endpoint(claim.guid, claim.guid, ())


@dataclass
class RunLedger:
    """What the engine asks when it runs computers; `winding_up` those alone that somebody stopped."""

    store: Store
    run: RunRow
    endpoints: Endpoints
    winding_up: bool = False
    dropped: int = 0
    deferred: bool = False  # computers were put off, or none was due
    never: int = 0  # closed computers of which no opening is known
    _known: dict[int, Endpoint] = field(default_factory=dict)
    _claimed: bool = False
    _limit: int | None = None  # of failures, once it was worked out

    def exchange(
        self,
        endings: Sequence[Ending],
        released: Sequence[Assignment],
        want: int,
        progress: Sequence[StepProgress] = (),
    ) -> Exchange:
        """Store what came back, renew the lease, and claim up to `want` computers that are due: one unit of work.

        Where computers brought much, several units of work: each computer's own is in the one of its result.
        """
        *before, last = interviews.batches(endings)
        stored = [ending for part in before for ending in self._written(part, [], 0, [])[0]]
        recorded, claimed, fenced, halted = self._written(last, released, want, progress)
        recorded = [*stored, *recorded]
        self.dropped += len(endings) - len(recorded)
        assignments = self._assignments(claimed)
        shown = [e for e in recorded if e.state is not State.QUEUED]
        return Exchange(shown, assignments, more=len(claimed) == want and want > 0, fenced=fenced, halted=halted)

    def _written(
        self,
        endings: Sequence[Ending],
        released: Sequence[Assignment],
        want: int,
        progress: Sequence[StepProgress],
    ) -> tuple[list[Ending], list[_Claim], bool, str]:
        return isolated(
            self.store,
            lambda unit, ended, going: self._exchange(unit, ended, released, want, going),
            lambda unit, part: self._record(unit, [part]) if isinstance(part, Ending) else self._keep(unit, [part]),
            endings,
            progress,
        )

    def _exchange(
        self,
        unit: UnitOfWork,
        endings: Sequence[Ending],
        released: Sequence[Assignment],
        want: int,
        progress: Sequence[StepProgress],
    ) -> tuple[list[Ending], list[_Claim], bool, str]:
        fenced = not renew(unit, self.run)
        self._keep(unit, progress)
        recorded = self._record(unit, endings)
        if released:
            self._release(unit, released)
        halted = self._halted(unit)
        claimed = self._claim(unit, want) if want and not fenced and not halted else []
        return recorded, claimed, fenced, halted

    def _keep(self, unit: UnitOfWork, progress: Sequence[StepProgress]) -> None:
        """Store steps and first contacts of computers that go on, where they are still ours."""
        if progress:
            held = self._held(unit, [p.assignment for p in progress])
            kept = [p for p in progress if p.assignment.computer_id in held]
            results.store_steps(unit, self.run, kept)
            interviews.store(unit, self.run, kept)
            contact.meet(unit, [p for p in kept if p.connection is not None])

    def _record(self, unit: UnitOfWork, endings: Sequence[Ending]) -> list[Ending]:
        """Store the endings whose rows are still held by their token; the others are dropped, which is audited."""
        if not endings:
            return []
        held = self._held(unit, [e.assignment for e in endings])
        kept = [self._patient(e) for e in endings if e.assignment.computer_id in held]
        results.store(unit, self.run, [e for e in kept if e.state is not State.QUEUED], State.CLAIMED)
        results.hold(unit, self.run, [e for e in kept if e.state is State.UNKNOWN])
        results.store_steps(unit, self.run, kept)
        interviews.store(unit, self.run, kept)
        self._defer(unit, [e for e in kept if e.state is State.QUEUED and not e.suspended])
        suspending.suspend(unit, self.run, [e for e in kept if e.suspended])
        contact.learn(unit, kept)
        counts: dict[str, int] = {}
        for ending in kept:
            name = "suspended" if ending.suspended else str(ending.state)
            name = "deferred" if name == "queued" else name
            counts[name] = counts.get(name, 0) + 1
            unit.digest(f"{ending.assignment.marker} {ending.state} {ending.outcome.exit_status}\n".encode())
        if len(kept) < len(endings):
            counts["dropped"] = len(endings) - len(kept)
        unit.note("run_computer", **counts)
        return kept

    def _patient(self, ending: Ending) -> Ending:
        """Let a computer that did not answer wait in the queue, where the run says so."""
        if not (self.run.options.waits and ending.state is State.UNREACHABLE and ending.outcome.reason in ABSENT):
            return ending
        later = ending.ended_at + timedelta(seconds=wait_s(ending.assignment.contacts))
        return replace(ending, state=State.QUEUED, not_before=later)

    def _defer(self, unit: UnitOfWork, endings: Sequence[Ending]) -> None:
        """Queue computers that go on later, under the attempt they have."""
        connection = unit.connection
        self.deferred = self.deferred or bool(endings)
        rows = [
            (
                str(State.QUEUED), 0, bulk.moment(connection, e.not_before or unit.now), None,
                e.outcome.reason or None, storable(e.outcome.message, results.MESSAGE) or None,
                e.assignment.contacts + (e.outcome.reason in ABSENT), self.run.id, e.assignment.computer_id,
            )
            for e in endings
        ]  # fmt: skip
        columns = ("state", "token", "not_before", "started_at", "reason", "message", "contacts")
        bulk.update(connection, "run_computer", columns, ("run_id", "computer_id"), rows)

    def _held(self, unit: UnitOfWork, assignments: Sequence[Assignment]) -> set[int]:
        statement = (
            sa.select(members.c.computer_id, members.c.attempt, members.c.token)
            .where(
                members.c.run_id == self.run.id,
                is_same(self.run),
                member_of(unit.connection, members.c.computer_id, [a.computer_id for a in assignments]),
                members.c.state == str(State.CLAIMED),
            )
            .with_for_update()
        )
        held = {(row.computer_id, row.attempt, row.token) for row in unit.connection.execute(statement)}
        return {a.computer_id for a in assignments if (a.computer_id, a.attempt, a.token) in held}

    def _release(self, unit: UnitOfWork, released: Sequence[Assignment]) -> None:
        held = self._held(unit, released)
        unit.connection.execute(
            sa.update(members)
            .where(members.c.run_id == self.run.id, member_of(unit.connection, members.c.computer_id, sorted(held)))
            .values(state=str(State.QUEUED), token=0, started_at=None)
        )
        unit.note("run_computer", released=len(held))
        if stands(unit, self.run):
            stopping.settle(unit, self.run)

    # --- claims ---------------------------------------------------------------------------------------------------

    def _halted(self, unit: UnitOfWork) -> str:
        """Return why no computer may be started any more: the STOP switch, or the limit of failures."""
        if switch.is_on(unit):
            return switch.WHY
        if self.run.options.max_fail is None:
            return ""
        states = [str(s) for s in (State.FAILED, State.TIMED_OUT, State.UNKNOWN)]
        own = sa.select(sa.func.count()).where(members.c.run_id == self.run.id)
        if self._limit is None:
            total = int(unit.connection.execute(own).scalar_one())
            self._limit = self.run.options.failures_allowed(total)
        bad = int(unit.connection.execute(own.where(members.c.state.in_(states))).scalar_one())
        if self._limit is not None and bad >= self._limit:
            return f"{counted(bad, 'computer')} failed, and the limit is {self.run.options.max_fail}"
        return ""

    def _claim(self, unit: UnitOfWork, want: int) -> list[_Claim]:
        """Claim computers that are due. Their `started_at` is the moment of the claim until they end.

        Where a maintenance window is closed, or a blockout forbids contact, the computer is due when that is over.
        """
        claimed: list[_Claim] = []
        guarded, number = windows.are_there(unit), want
        options = replace(self.run.options, ignore_windows=True) if self.winding_up else self.run.options
        while len(claimed) < want:
            due = self._due(unit, number if guarded else want - len(claimed))
            if not due:
                break
            if self.run.options.overlap is not None:
                due = overlapping.settle(unit, self.run, due)
            if self.run.program.destructive and not self.winding_up:
                due = protecting.settle(unit, self.run, due)
            asked = [id_ for id_ in due if id_ > 0] if guarded else []
            standings = windows.standings(unit, asked, options) if asked else {}
            closed = {id_: s for id_, s in standings.items() if not s.open}
            early = windows.early(unit, self.run, closed) if closed else frozenset()
            closed = {id_: s for id_, s in closed.items() if id_ not in early}
            ready = [id_ for id_ in due if id_ not in closed]
            windows.shut(unit, self.run, closed)
            self.never += sum(s.next_open is None for s in closed.values())
            self.deferred = self.deferred or bool(closed)
            number = max(AHEAD, want) if closed else want  # where some are closed, many are
            until = {id_: unit.now if id_ in early else s.until for id_, s in standings.items()}
            claimed += self._take(unit, ready[: want - len(claimed)], until)
        if claimed:
            unit.note("run_computer", claimed=len(claimed))
        self._claimed = self._claimed or bool(claimed)
        return claimed

    @property
    def open_ended(self) -> bool:
        """Return whether something may be left to do though nothing is due."""
        program = self.run.program
        plain = self.run.options == RunOptions() and not (program.is_job or program.before)
        return not plain or self.deferred or not self._claimed

    def _due(self, unit: UnitOfWork, number: int) -> list[int]:
        statement = (
            sa.select(members.c.computer_id)
            .where(
                members.c.run_id == self.run.id,
                members.c.state == str(State.QUEUED),
                members.c.not_before <= unit.now,
                members.c.stopped.is_not(None) if self.winding_up else sa.true(),
            )
            .order_by(members.c.not_before, members.c.computer_id)
            .limit(number)
        )
        return list(unit.connection.execute(statement).scalars())

    def _take(self, unit: UnitOfWork, ids: Sequence[int], until: Mapping[int, datetime | None]) -> list[_Claim]:
        if not ids:
            return []
        statement = (
            sa.update(members)
            .where(
                members.c.run_id == self.run.id,
                member_of(unit.connection, members.c.computer_id, list(ids)),
                members.c.state == str(State.QUEUED),
            )
            .values(state=str(State.CLAIMED), token=self.run.token, started_at=unit.now)
            .returning(
                members.c.computer_id, members.c.attempt, members.c.computer_guid, members.c.contacts, members.c.stopped
            )
        )
        rows = sorted(unit.connection.execute(statement), key=lambda row: int(row.computer_id))
        return [
            _Claim(
                row.computer_id,
                row.attempt,
                row.computer_guid,
                row.contacts,
                unit.now,
                until.get(row.computer_id),
                row.stopped or "",
            )
            for row in rows
        ]

    def _assignments(self, claimed: Sequence[_Claim]) -> list[Assignment]:
        if not claimed:
            return []
        missing = [claim.computer for claim in claimed if claim.computer not in self._known]
        run, fresh = self.run, all(claim.attempt == 1 and not claim.contacts for claim in claimed)
        done: dict[int, dict[int, StepDone]] = {}
        around: dict[int, dict[int, Surroundings]] = {}
        with self.store.read() as reader:
            if missing:
                self._known |= self.endpoints.read(reader, self._ahead(reader.connection, missing))
            mine = {c.computer: self._known.pop(c.computer) for c in claimed if c.computer in self._known}
            mine = self.endpoints.judged(reader, mine)  # read ahead, and judged at the moment of dispatch
            around = all_around(reader, run.program, [claim.computer for claim in claimed], self.endpoints)
            if run.program.is_job or not fresh:
                done = done_of(reader, run, [claim.computer for claim in claimed])
        return [
            Assignment(
                claim.computer,
                claim.attempt,
                run.token,
                run.guid,
                mine.get(claim.computer) or _nowhere(claim),
                claim.at,
                done.get(claim.computer, {}),
                claim.until,
                claim.contacts,
                around.get(claim.computer, {}),
                claim.stopped,
            )
            for claim in claimed
        ]

    def _ahead(self, connection: Connection, missing: list[int]) -> list[int]:
        """Return those asked for and the next ones in the queue: reading connection data by the slice is dear."""
        statement = (
            sa.select(members.c.computer_id)
            .where(members.c.run_id == self.run.id, members.c.state == str(State.QUEUED))
            .order_by(members.c.not_before, members.c.computer_id)
            .limit(max(0, AHEAD - len(missing)))
        )
        return [*missing, *connection.execute(statement).scalars()]
