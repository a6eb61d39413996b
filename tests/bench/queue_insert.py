"""Queueing a run of 35,000 computers against inserting the same rows raw (issue 3, must show 8): at most 3 times.

python -m tests.bench.queue_insert [postgresql://...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from itmsctl.cmdb.store import Store
from itmsctl.security.via import Via
from itmsctl.tasks.options import RunOptions
from itmsctl.tasks.program import Program
from itmsctl.tasks.service import runs
from itmsctl.tasks.service.runs import Picked, RunPlan
from itmsctl.tasks.step import Step
from itmsctl.values.names import new_guid
from tests.bench.measure import say
from tests.bench.stores import on_both

COUNT = 35_000
ALLOWED = 3.0


def ours_s(store: Store) -> float:
    """Return the processor time of `runs.begin`, its commit included."""
    picked = [Picked(n, new_guid(), f"pc{n}") for n in range(1, COUNT + 1)]
    options = RunOptions(waits=True, background=True)
    plan = RunPlan(Program.of(Step("mark", "command", "true", "sh", {})), Via("local"), "--target all", picked, options)
    begin = time.process_time()
    store.write(lambda unit: runs.begin(unit, plan, None))
    return time.process_time() - begin


def raw_s(store: Store) -> float:
    """Return the processor time of the driver's own `executemany` of the rows that are stored now."""
    driver = store.engine.raw_connection()
    try:
        cursor = driver.cursor()
        cursor.execute("SELECT * FROM run_computer ORDER BY run_id, computer_id")
        rows = [tuple(row) for row in cursor.fetchall()]
        names = [column[0] for column in cursor.description or ()]
        assert len(rows) == COUNT
        cursor.execute("DELETE FROM run_computer")
        driver.commit()
        mark = "%s" if store.engine.dialect.name == "postgresql" else "?"
        marks = ", ".join([mark] * len(names))
        begin = time.process_time()
        if store.engine.dialect.name == "sqlite":
            cursor.execute("BEGIN")
        cursor.executemany(f"INSERT INTO run_computer ({', '.join(names)}) VALUES ({marks})", rows)
        driver.commit()
        return time.process_time() - begin
    finally:
        driver.close()


def ratio(store: Store) -> float:
    """Return how much more it takes than raw; each is measured three times, and the least counts."""
    ours, raw = [], []
    for _ in range(3):
        ours.append(ours_s(store))
        raw.append(raw_s(store))
        store.write(lambda unit: unit.connection.exec_driver_sql("DELETE FROM run_computer"))
    name = store.engine.dialect.name
    say(f"{name}: {COUNT} rows, ours {min(ours):.2f} s CPU, raw executemany {min(raw):.2f} s, "
        f"{min(ours) / min(raw):.2f} times (allowed {ALLOWED})")  # fmt: skip
    return min(ours) / min(raw)


def main(argv: Sequence[str]) -> int:
    """Measure on SQLite, and on PostgreSQL where a URL of a server is given."""
    return int(any(ratio(store) > ALLOWED for (store,) in on_both(argv, 1)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
