"""Picking a tick's due work with 35,000 pending computers against 350 (issue 3, must show 8): under 1.5 times.

python -m tests.bench.tick_pick [postgresql://...]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.policies.service import deciding
from itmsctl.security.via import Via
from itmsctl.tasks.options import RunOptions
from itmsctl.tasks.program import Program
from itmsctl.tasks.service import runs, ticking
from itmsctl.tasks.service.runs import Picked, RunPlan
from itmsctl.tasks.step import Step
from itmsctl.values.names import new_guid
from tests.bench.measure import say
from tests.bench.stores import on_both

FEW, MANY, DUE = 350, 35_000, 10
ALLOWED = 1.5


def queue(store: Store, count: int, *, due: int = 0) -> None:
    """Queue a run of so many computers, of which only `due` are due now; the rest wait for a day."""
    picked = [Picked(n, new_guid(), f"pc{n}") for n in range(1, count + 1)]
    options = RunOptions(waits=True, background=True)
    plan = RunPlan(Program.of(Step("mark", "command", "true", "sh", {})), Via("local"), "--target all", picked, options)

    def work(unit: UnitOfWork) -> None:
        run = runs.begin(unit, plan, None)
        later = bulk.moment(unit.connection, unit.now + timedelta(days=1))
        waiting = [("REFUSED", later, run.id, computer.id) for computer in picked[due:]]
        bulk.update(unit.connection, "run_computer", ("reason", "not_before"), ("run_id", "computer_id"), waiting)

    store.write(work)
    store.write(lambda unit: unit.connection.execute(sa.text("ANALYZE run_computer")))


def picking_s(store: Store) -> float:
    """Return the processor time that one look for due work takes: the least of many."""

    def once() -> float:
        begin = time.process_time()
        with store.read() as reader:
            assert len(ticking.due_runs(reader)) == 1
            assert ticking.next_due(reader) is not None
            assert deciding.names(reader) == []
            assert not ticking.overdue(reader)
        return time.process_time() - begin

    once()
    return statistics.median(sorted(once() for _ in range(30))[:15])


def ratio(store: Store) -> float:
    """Return how much more it takes with many pending."""
    queue(store, DUE, due=DUE)
    queue(store, FEW)
    least = picking_s(store)
    queue(store, MANY - FEW)
    most = picking_s(store)
    say(f"{store.engine.dialect.name}: {FEW} pending {least * 1e3:.2f} ms, {MANY} pending {most * 1e3:.2f} ms, "
        f"{most / least:.2f} times (allowed {ALLOWED})")  # fmt: skip
    return most / least


def main(argv: Sequence[str]) -> int:
    """Measure on SQLite, and on PostgreSQL where a URL of a server is given."""
    return int(any(ratio(store) > ALLOWED for (store,) in on_both(argv, 1)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
