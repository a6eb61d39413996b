"""Compliance of software: what judging the computers that changed costs against judging all of them.

    python -m tests.bench.compliance [--computers N] [--software N] [--changed N,N] [--engine sqlite|postgres]

Computers with software are written with raw inserts, and software resources whose rules ask for the version of a
package. All are judged once, slice by slice: the longest time that one unit of work held the writer is told, and the
memory. Then, in turns: a package of some computers gets another version, what changed is judged, one software of all
gets another rule, it is judged, and everything is judged again, which must change nothing. CPU is that of this process,
and on PostgreSQL that of its server process too; medians. Exits with 1 where judging the fewest that changed is not 20
times cheaper than all.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.software.service import judging
from itmsctl.software.service.software import SOFTWARE_SHELF
from itmsctl.values.times import system_clock
from tests.bench.import_computers import Clock, databases
from tests.bench.inventory_filter import VERSIONS, fill
from tests.bench.measure import say

CHEAPER = 20.0


def add_software(unit: UnitOfWork, count: int) -> None:
    """Add software resources, each of another package that everybody has."""
    for number in range(count):
        rule = f"package product-{number} >= 140"
        SOFTWARE_SHELF.add(unit, f"software-{number}", {"detect": rule, "applies": f"not package none-{number}"})


def change(unit: UnitOfWork, ids: list[int], turn: int) -> None:
    """Give computers another version of a package."""
    base = (turn % 5) * len(VERSIONS)
    gone = [(id_, base + version) for id_ in ids for version in range(len(VERSIONS))]
    at = bulk.moment(unit.connection, unit.now)
    bulk.delete(unit.connection, "inv_software", ("computer_id", "entry_id"), gone)
    rows = [(id_, base + turn % len(VERSIONS), at, base + turn % len(VERSIONS)) for id_ in ids]
    bulk.insert(unit.connection, "inv_software", ("computer_id", "row_key", "since", "entry_id"), rows)
    derived.rows_changed(unit, "inv_software", ids)


@dataclass
class Judging:
    """Judges, and tells what that cost: CPU seconds, and the longest unit of work on the wall clock."""

    store: Store
    clock: Clock
    longest: float = 0.0

    def spent(self, *, everywhere: bool = False) -> tuple[float, judging.JudgedCount]:
        """Return the CPU seconds of a judging, and what it did."""
        self.longest, begin = 0.0, self.clock.now()
        found = judging.judge_by_slices(self._write, everywhere=everywhere)
        return self.clock.now() - begin, found

    def _write(self, work: Callable[[UnitOfWork], Any]) -> Any:
        begin = time.monotonic()
        try:
            return self.store.write(work)
        finally:
            self.longest = max(self.longest, time.monotonic() - begin)


def other_rule(unit: UnitOfWork, turn: int) -> None:
    """Set another rule for one software."""
    SOFTWARE_SHELF.set(unit, "software-0", {"detect": f"package product-0 >= {100 + turn}"})


def most_memory() -> float:
    """Return the MiB that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--computers", type=int, default=35_000)
    parser.add_argument("--software", type=int, default=20)
    parser.add_argument("--changed", default="35,350", help="how many computers, the fewest first")
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    numbers = [int(one) for one in given.changed.split(",")]
    with tempfile.TemporaryDirectory() as folder, databases(given.engine, Path(folder)) as make:
        clock = Clock()
        store = open_store(
            place_of(make()), clock=system_clock, actor=Actor("bench", "bench"), state_folder=Path(folder) / "state"
        )
        if given.engine == "postgres":
            clock.other = store.write(
                lambda unit: int(unit.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            )
        fill(store, given.computers, given.rows)
        store.write(lambda unit: add_software(unit, given.software))
        say(f"{given.engine}, {given.computers} computers, {given.software} software, {given.rows} packages each")
        judge, before = Judging(store, clock), most_memory()
        first, found = judge.spent()
        say(
            f"  first: {first:.2f} s CPU, {found.looked_at} states; longest unit of work {judge.longest:.2f} s;"
            f" memory {before:.0f} MiB before, {most_memory():.0f} MiB at most"
        )
        ids, deltas, wholes = _ids(store), defaultdict(list), []
        for turn in range(given.turns):
            for number in numbers:
                store.write(partial(change, ids=ids[:number], turn=turn))
                delta, found = judge.spent()
                say(f"  {number} changed: {delta * 1000:.1f} ms CPU, {found.looked_at} states, {found.changed} others")
                deltas[number].append(delta)
            store.write(partial(other_rule, turn=turn))
            one, found = judge.spent()
            whole, after = judge.spent(everywhere=True)
            say(f"  one rule: {one * 1000:.1f} ms CPU, {found.looked_at} states; all again: {whole:.2f} s CPU")
            if after.changed:
                raise AssertionError(f"{after.changed} states drifted")
            wholes.append(whole)
        ratio = statistics.median(wholes) / statistics.median(deltas[numbers[0]])
        say(f"what changed is judged {ratio:.0f} times cheaper than all (bar {CHEAPER:g})")
        store.close()
    return 0 if ratio >= CHEAPER else 1


def _ids(store: Store) -> list[int]:
    with store.read() as reader:
        return [row[0] for row in reader.connection.exec_driver_sql("SELECT id FROM computer ORDER BY id")]


if __name__ == "__main__":
    raise SystemExit(main())
