"""Whether anything calls the tick: without it no policy, no waiting run and no membership update goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.work import Reader
from itmsctl.policies.rows import driven
from itmsctl.policies.service import lease
from itmsctl.targeting.rows import states
from itmsctl.tasks.rows import runs
from itmsctl.tasks.service import switch
from itmsctl.tasks.service.runs import WAITING
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.times import ago

LATE = timedelta(hours=1)  # after it nobody calls the tick any more
_INSTALL = "itmsctl schedule install"


@dataclass(frozen=True, slots=True)
class Calls:
    """When the tick was last called, and what waits for the next one."""

    last: datetime | None
    now: datetime
    policies: int
    runs: int
    collections: bool

    @property
    def missing(self) -> bool:
        """Return whether nothing calls it."""
        return self.last is None or self.now - self.last > LATE

    @property
    def said(self) -> str:
        """Return when it was called."""
        return "never" if self.last is None else ago(self.last, self.now)

    @property
    def waiting(self) -> str:
        """Return what waits for it; nothing where membership alone does."""
        counts = ((self.policies, "policy", "policies"), (self.runs, "run", "runs"))
        return " and ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts if n)


def calls(connection: Connection, now: datetime) -> Calls:
    """Return when the tick was last called, and what waits for it."""

    def number(table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
        statement = sa.select(sa.func.count()).select_from(table).where(condition)
        return int(connection.execute(statement).scalar_one())

    return Calls(
        lease.last_taken(connection),
        now,
        sum(kind.load_shelf().waiting(connection) for kind in driven()),
        number(runs, runs.c.state == WAITING),
        connection.execute(sa.select(states.c.collection_id).limit(1)).first() is not None,
    )


def status(connection: Connection, now: datetime) -> dict[str, Any]:
    """Return what `db status` says of the tick (hook `db_status`)."""
    found = calls(connection, now)
    said = f"last called {found.said}" if found.last is not None else "never called"
    if found.missing and found.waiting:
        said += f"; waiting for it: {found.waiting}; {_INSTALL}"
    return {"last_tick_at": found.last, "tick": said}


def findings(reader: Reader) -> Iterator[Finding]:
    """Yield what `doctor` says of the tick (hook `doctor`)."""
    found = calls(reader.connection, reader.now)
    if not (found.waiting or found.collections):
        return
    if switch.is_on(reader):
        yield Finding(
            "TICK", Severity.INFO, "the STOP switch is on: no tick does anything", "", "itmsctl run stop-all --lift"
        )
    elif not found.missing:
        yield Finding("TICK", Severity.OK, f"the tick was last called {found.said}")
    elif found.waiting:
        what = f"nothing calls `itmsctl schedule tick` (last called: {found.said})"
        yield Finding("TICK", Severity.WARNING, what, f"waiting for it: {found.waiting}", _INSTALL)
    else:
        what = f"nothing calls `itmsctl schedule tick` (last called: {found.said})"
        cause = "filters, groups and targets are brought up to date by hand only"
        yield Finding("TICK", Severity.INFO, what, cause, _INSTALL)
