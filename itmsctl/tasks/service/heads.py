"""The head of a run: what lists show of it. It is read without what the run does and how, whose imports cost more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.tasks import tally as counting
from itmsctl.tasks.numbers import run_name
from itmsctl.tasks.owner import RunOwner, parse
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service.living import is_driven
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally
from itmsctl.values.lean import dataclass

INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class RunHead:
    """Which run it is, what it runs by name, and what has become of it."""

    id: int
    guid: str
    number: int
    task: str
    selector: str
    state: str
    why: str | None
    deadline_at: datetime | None
    owner: RunOwner | None
    lease_until: datetime | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def name(self) -> str:
        """Return its name: R-12."""
        return run_name(self.number)

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output, without counts."""
        return {
            "id": self.guid,
            "name": self.name,
            "task": self.task,
            "selector": self.selector,
            "state": self.state,
            "why": self.why or "",
            "deadline_at": self.deadline_at,
            "created_at": self.created_at,
            "ended_at": self.ended_at,
        }


def head_values(row: Any) -> dict[str, Any]:
    """Return the values of a run's head from its row."""
    return {
        "id": row.id,
        "guid": row.guid,
        "number": row.number,
        "task": row.task_name or row.program["name"],
        "selector": row.selector,
        "state": row.state,
        "why": row.why,
        "deadline_at": row.deadline_at,
        "owner": parse(row.owner) if row.owner else None,
        "lease_until": row.lease_until,
        "created_at": row.created_at,
        "ended_at": row.ended_at,
    }


def list_runs(reader: Reader, *, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield runs with their counts, the newest first."""
    statement = sa.select(runs).order_by(runs.c.number.desc())
    heads = [RunHead(**head_values(row)) for row in reader.connection.execute(statement.limit(limit))]
    tallies = _tallies(reader, heads)
    for run in heads:
        yield overview(reader, run, tallies.get(run.id, Tally()))


def overview(reader: Reader, run: RunHead, tally: Tally) -> dict[str, Any]:
    """Return a run and its counts as one flat object. A run whose process died is shown as interrupted."""
    shown = run.as_dict()
    if run.owner is not None and not is_driven(reader, run):
        shown["state"] = INTERRUPTED
    return shown | {"computers": tally.computers} | tally.as_dict()


def _tallies(reader: Reader, found: Sequence[RunHead]) -> dict[int, Tally]:
    ids = [run.id for run in found]
    statement = (
        sa.select(members.c.run_id, members.c.state, members.c.reason, sa.func.count().label("number"))
        .where(member_of(reader.connection, members.c.run_id, ids))
        .group_by(members.c.run_id, members.c.state, members.c.reason)
    )
    grouped: dict[int, list[tuple[State, str | None, int]]] = {}
    for row in reader.connection.execute(statement) if ids else ():
        grouped.setdefault(row.run_id, []).append((State(row.state), row.reason, row.number))
    return {run.id: tally_of(reader, run, grouped[run.id]) for run in found if run.id in grouped}


def tally_of(reader: Reader, run: RunHead, rows: Sequence[tuple[State, str | None, int]]) -> Tally:
    """Return the tally of a run from (state, reason, computers); what is claimed of a dead driver is unknown."""
    if any(state is State.CLAIMED for state, _, _ in rows) and not is_driven(reader, run):
        rows = [(State.UNKNOWN if state is State.CLAIMED else state, reason, number) for state, reason, number in rows]
    return counting.tally_of(rows)
