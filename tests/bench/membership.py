"""Membership: what a delta costs against a complete rebuild, and whether it grows with the estate.

    python -m tests.bench.membership [--computers N] [--filters N] [--changed SHARE] [--engine sqlite|postgres] [--grow]

An estate, filters, and targets of two filters and an exclusion are written with raw inserts; a complete update fills
them. Then, in turns: some computers change, a delta follows, and a complete update that must change nothing. `--grow`
adds computers up to six times as many and measures deltas again with the same number changed. CPU is that of this
process, and on PostgreSQL that of its server process too; medians. Exits with 1 where a delta is not 20 times
cheaper (at 0.1 % or less changed), or grows by more than half, or a complete update found anything to change after a
delta.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.targeting.service import update
from itmsctl.values.times import system_clock
from tests.bench import estate
from tests.bench.import_computers import Clock, databases
from tests.bench.measure import say

CHEAPER, GROWTH, SIXFOLD = 20.0, 1.5, 6


class DriftError(AssertionError):
    """A complete update found something to change."""


def turn(
    store: Store, clock: Clock, ids: list[int], changed: int, seed: int, *, check: bool
) -> tuple[float, float, str]:
    """Change, delta, complete; answer CPU seconds of both, and what the delta did."""
    estate.change(store, ids, changed, seed)
    begin = clock.now()
    run = store.write(update.delta)
    delta = clock.now() - begin
    spent = 0.0
    if check:
        begin = clock.now()
        after = store.write(update.complete)
        spent = clock.now() - begin
        if after.added or after.removed:
            raise DriftError(f"{after.added} added, {after.removed} removed after a delta")
    return delta, spent, f"{run.filters} filters and {run.targets} targets looked at, +{run.added} -{run.removed}"


def deltas(store: Store, clock: Clock, ids: list[int], changed: int, turns: int, *, check: int) -> tuple[float, float]:
    """Return the medians of some turns; `check` of them have a complete update."""
    found = []
    for n in range(turns + 1):  # the first warms the caches of both sides up and is not counted
        delta, complete, said = turn(store, clock, ids, changed, n, check=0 < n <= check)
        found.append((delta, complete))
        say(f"  {changed} changed: delta {delta * 1000:8.1f} ms CPU; {said}")
    completes = [c for _, c in found[1:] if c] or [0.0]
    return statistics.median(d for d, _ in found[1:]), statistics.median(completes)


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--computers", type=int, default=35_000)
    parser.add_argument("--filters", type=int, default=200)
    parser.add_argument("--targets", type=int, default=20)
    parser.add_argument("--changed", type=float, default=0.001, help="share of the computers")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--grow", action="store_true", help="six times the computers, the same number changed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, databases(given.engine, Path(folder)) as make:
        clock = Clock()
        store = open_store(
            place_of(make()), clock=system_clock, actor=Actor("bench", "bench"), state_folder=Path(folder) / "state"
        )
        if given.engine == "postgres":
            clock.other = store.write(
                lambda unit: int(unit.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            )
        ids = estate.add_computers(store, given.computers)
        estate.add_targets(store, estate.add_filters(store, given.filters), given.targets)
        begin, wall = clock.now(), time.monotonic()
        run = store.write(update.complete)
        say(f"{given.engine}, {given.computers} computers, {given.filters} filters, {given.targets} targets")
        say(
            f"  first complete: {clock.now() - begin:.2f} s CPU, {time.monotonic() - wall:.2f} s wall;"
            f" {run.added} members"
        )
        if given.engine == "postgres":
            store.write(lambda unit: unit.connection.exec_driver_sql("ANALYZE"))
        changed = max(1, round(given.computers * given.changed))
        delta, complete = deltas(store, clock, ids, changed, given.turns, check=min(2, given.turns))
        ratio = complete / delta
        say(
            f"complete {complete:.3f} s CPU, delta {delta:.4f} s CPU:"
            f" {ratio:.1f} times cheaper (bar {CHEAPER:g} at 0.1 %)"
        )
        good = ratio >= CHEAPER or given.changed > 0.001
        if given.grow:
            ids += estate.add_computers(store, given.computers * (SIXFOLD - 1), given.computers)
            store.write(update.complete)
            if given.engine == "postgres":
                store.write(lambda unit: unit.connection.exec_driver_sql("ANALYZE"))
            grown, _ = deltas(store, clock, ids, changed, given.turns, check=0)
            growth = grown / delta
            say(f"{len(ids)} computers: delta {grown:.4f} s CPU, {growth:.2f} times that before (bar {GROWTH:g})")
            good = good and growth <= GROWTH
        store.close()
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
