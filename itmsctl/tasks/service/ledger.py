"""The run's ledger: claims and results, each batch one unit of work, fenced by the run's token (I2 to I4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.tasks.assignment import Assignment, Ending
from itmsctl.tasks.engine import Exchange
from itmsctl.tasks.owner import LEASE_S
from itmsctl.tasks.service import contact, results
from itmsctl.tasks.service.rows import members, runs
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State
from itmsctl.tasks.step import marker_of
from itmsctl.transports.endpoint import Endpoint

_AHEAD = 500  # computers whose connection data are read at once


def renew(unit: UnitOfWork, run: RunRow) -> bool:
    """Renew the lease of a run; answer whether it is still ours."""
    result = unit.connection.execute(
        sa.update(runs)
        .where(runs.c.id == run.id, runs.c.token == run.token)
        .values(lease_until=unit.now + timedelta(seconds=LEASE_S))
    )
    return bool(result.rowcount)


@dataclass
class RunLedger:
    """What the engine asks when it runs computers."""

    store: Store
    run: RunRow
    endpoints: Endpoints
    dropped: int = 0
    _known: dict[int, Endpoint] = field(default_factory=dict)

    def exchange(self, endings: Sequence[Ending], released: Sequence[Assignment], want: int) -> Exchange:
        """Store endings and releases, renew the lease, and claim up to `want` queued computers: one unit of work."""
        done = self.store.write(lambda unit: self._exchange(unit, endings, released, want))
        recorded, claimed, fenced = done
        self.dropped += len(endings) - len(recorded)
        assignments = self._assignments(claimed)
        return Exchange(recorded, assignments, more=len(claimed) == want and want > 0, fenced=fenced)

    def _exchange(
        self, unit: UnitOfWork, endings: Sequence[Ending], released: Sequence[Assignment], want: int
    ) -> tuple[list[Ending], list[tuple[int, int, str]], bool]:
        fenced = not renew(unit, self.run)
        recorded = self._record(unit, endings)
        if released:
            self._release(unit, released)
        claimed = self._claim(unit, want) if want and not fenced else []
        return recorded, claimed, fenced

    def _record(self, unit: UnitOfWork, endings: Sequence[Ending]) -> list[Ending]:
        """Store the endings whose rows are still held by their token; the others are dropped, which is audited."""
        if not endings:
            return []
        held = self._held(unit, [e.assignment for e in endings])
        kept = [e for e in endings if e.assignment.computer_id in held]
        results.store(unit, self.run, kept, State.CLAIMED)
        contact.learn(unit, kept)
        counts: dict[str, int] = {}
        for ending in kept:
            counts[str(ending.state)] = counts.get(str(ending.state), 0) + 1
            unit.digest(f"{ending.assignment.marker} {ending.state} {ending.outcome.exit_status}\n".encode())
        if len(kept) < len(endings):
            counts["dropped"] = len(endings) - len(kept)
        unit.note("run_computer", **counts)
        return kept

    def _held(self, unit: UnitOfWork, assignments: Sequence[Assignment]) -> set[int]:
        statement = (
            sa.select(members.c.computer_id, members.c.attempt, members.c.token)
            .where(
                members.c.run_id == self.run.id,
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

    def _claim(self, unit: UnitOfWork, want: int) -> list[tuple[int, int, str]]:
        """Claim computers in the order of their ids. Their `started_at` is the moment of the claim until they end."""
        chosen = (
            sa.select(members.c.computer_id)
            .where(members.c.run_id == self.run.id, members.c.state == str(State.QUEUED))
            .order_by(members.c.computer_id)
            .limit(want)
        )
        statement = (
            sa.update(members)
            .where(
                members.c.run_id == self.run.id,
                members.c.computer_id.in_(chosen),
                members.c.state == str(State.QUEUED),
            )
            .values(state=str(State.CLAIMED), token=self.run.token, started_at=unit.now)
            .returning(members.c.computer_id, members.c.attempt, members.c.computer_guid)
        )
        rows = unit.connection.execute(statement)
        claimed = sorted((row.computer_id, row.attempt, row.computer_guid) for row in rows)
        if claimed:
            unit.note("run_computer", claimed=len(claimed))
        return claimed

    def _assignments(self, claimed: Sequence[tuple[int, int, str]]) -> list[Assignment]:
        missing = [computer for computer, _, _ in claimed if computer not in self._known]
        if missing:
            with self.store.read() as reader:
                ahead = self._ahead(reader.connection, missing)
                self._known |= self.endpoints.load(reader, ahead)
        run = self.run
        assignments = []
        for computer, attempt, guid in claimed:
            endpoint = self._known.pop(computer, None) or Endpoint(guid, guid, ())
            assignments.append(Assignment(computer, attempt, run.token, marker_of(run.guid, guid, attempt), endpoint))
        return assignments

    def _ahead(self, connection: Any, missing: list[int]) -> list[int]:
        """Answer those asked for and the next ones in the queue: reading connection data by the slice is dear."""
        statement = (
            sa.select(members.c.computer_id)
            .where(members.c.run_id == self.run.id, members.c.state == str(State.QUEUED))
            .order_by(members.c.computer_id)
            .limit(max(0, _AHEAD - len(missing)))
        )
        return [*missing, *connection.execute(statement).scalars()]
