"""The ledger of `run reconcile`: what the endpoints' markers answered, written over `unknown` alone (I3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.tasks.assignment import Assignment, Ending, StepProgress, is_removed
from itmsctl.tasks.catalogue import is_errand
from itmsctl.tasks.engine import Exchange
from itmsctl.tasks.rows import members
from itmsctl.tasks.service import contact, results
from itmsctl.tasks.service.isolating import isolated
from itmsctl.tasks.service.ledger import renew
from itmsctl.tasks.service.recorded import done_of
from itmsctl.tasks.service.runs import RunRow, new_attempts
from itmsctl.tasks.service.surroundings import all_around
from itmsctl.tasks.states import State
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.outcome import RemoteState as Answer


def _nowhere(row: Any) -> Endpoint:
    """Return the endpoint of who has no row: the server itself, or a computer that was removed meanwhile."""
    return Endpoint(row.computer_guid, row.computer_name, ("here",) if row.computer_id < 0 else ())


@dataclass
class ReconcileLedger:
    """What the engine asks when it asks computers. Nothing is claimed: asking changes nothing that runs.

    `only` are the computers meant, where not all are. Computers that are `beside` a driver, which works on them, are
    handed out too; what they answer is that driver's to record. `left` tells of those that could not be asked.
    """

    store: Store
    run: RunRow
    endpoints: Endpoints
    only: Collection[int] | None = None
    beside: bool = False
    left: list[Ending] = field(default_factory=list)
    _after: int = field(default=-1)  # id of the last computer handed out

    def exchange(
        self,
        endings: Sequence[Ending],
        released: Sequence[Assignment],
        want: int,
        progress: Sequence[StepProgress] = (),
    ) -> Exchange:
        """Store answers, and hand out the next computers whose outcome is unknown."""
        del released, progress  # nothing was claimed, and whoever asks tells all at once
        recorded, fenced = isolated(
            self.store,
            lambda unit, ended, _: self._record(unit, ended),
            lambda unit, part: self._record(unit, [part] if isinstance(part, Ending) else []),
            endings,
        )
        given = [] if fenced or not want else self._next(want)
        return Exchange(recorded, given, more=len(given) == want and want > 0, fenced=fenced)

    def _record(self, unit: UnitOfWork, endings: Sequence[Ending]) -> tuple[list[Ending], bool]:
        fenced = not renew(unit, self.run)
        if not endings or fenced:
            return [], fenced
        self.left += [e for e in endings if e.state is State.UNKNOWN]
        statement = (
            sa.select(members.c.computer_id, members.c.attempt)
            .where(
                members.c.run_id == self.run.id,
                member_of(unit.connection, members.c.computer_id, [e.assignment.computer_id for e in endings]),
                members.c.state == str(State.UNKNOWN),
            )
            .with_for_update()
        )
        open_ = {(row.computer_id, row.attempt) for row in unit.connection.execute(statement)}
        kept = [e for e in endings if (e.assignment.computer_id, e.assignment.attempt) in open_]
        self.left += [e for e in kept if is_removed(e)]
        results.store(unit, self.run, [e for e in kept if e.state is not State.QUEUED], State.UNKNOWN)
        results.hold(unit, self.run, [e for e in kept if e.outcome.state is Answer.RUNNING])
        results.store_steps(unit, self.run, kept)
        contact.learn(unit, [e for e in kept if e.state is not State.UNKNOWN])
        self._requeue(unit, [e for e in kept if e.state is State.QUEUED])
        counts: dict[str, int] = {}
        for ending in kept:
            counts[f"reconciled_{ending.state}"] = counts.get(f"reconciled_{ending.state}", 0) + 1
            unit.digest(f"{ending.assignment.marker} {ending.state} {ending.outcome.exit_status}\n".encode())
        unit.note("run_computer", **counts)
        return kept, fenced

    def _requeue(self, unit: UnitOfWork, endings: Sequence[Ending]) -> None:
        if endings:
            ids = [e.assignment.computer_id for e in endings]
            new_attempts(
                unit,
                sa.and_(
                    members.c.run_id == self.run.id,
                    members.c.state == str(State.UNKNOWN),
                    member_of(unit.connection, members.c.computer_id, ids),
                ),
                stays_stopped=True,
            )

    def _next(self, want: int) -> list[Assignment]:
        with self.store.read() as reader:
            rows = reader.rows(
                sa.select(members)
                .where(
                    members.c.run_id == self.run.id,
                    members.c.state.in_([str(State.UNKNOWN), *([str(State.CLAIMED)] if self.beside else ())]),
                    members.c.computer_id > self._after,
                    sa.true()
                    if self.only is None
                    else member_of(reader.connection, members.c.computer_id, sorted(self.only)),
                )
                .order_by(members.c.computer_id)
                .limit(want)
            )
            ids = [row.computer_id for row in rows]
            known = self.endpoints.load(reader, ids)
            done = done_of(reader, self.run, ids)
            around = all_around(reader, self.run.program, ids, self.endpoints, is_errand)
        # By id and never again: one that stays unknown would else be handed out for ever.
        if rows:
            self._after = rows[-1].computer_id
        return [
            Assignment(
                row.computer_id,
                row.attempt,
                row.token,
                self.run.guid,
                known.get(row.computer_id) or _nowhere(row),
                row.started_at,
                done.get(row.computer_id, {}),
                around=around.get(row.computer_id, {}),
                stopped=row.stopped or "",
            )
            for row in rows
        ]
