"""The largest example: a parent and six children of 35,000 computers each, as seven databases on this machine.

`python -m tests.bench.largest_hierarchy [--computers 35000] [--children 6] [--filters 300] [--up] [--folder FOLDER]`

The parent's items (filters, targets, tasks, schedules, policies) go to all children by direct links; then nothing is
new; then one policy is changed, and looked for in each child, where it must pick computers of that child. With `--up`
each child's computers go to the parent, too. Each run is a process of its own. Ends with 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.targeting.service import picking
from itmsctl.values.kind import house
from itmsctl.values.times import system_clock
from tests.bench.estate import add_computers, add_filters, add_targets
from tests.bench.measure import say
from tests.bench.replication import RunCost, link, ran

POLICY = "policy-000"
Runs = Callable[[Store], RunCost]


def _store(folder: Path, name: str) -> Store:
    place = place_of(str(folder / f"{name}.sqlite"))
    return open_store(place, clock=system_clock, actor=Actor("bench", "bench"), state_folder=folder / "state")


def _add(store: Store, kind: str, named: Sequence[tuple[str, dict[str, Any]]]) -> None:
    found = house().kind(kind)
    assert found is not None
    shelf = found.load_shelf()

    def work(unit: UnitOfWork) -> None:
        for name, fields in named:
            shelf.add(unit, name, fields)

    store.write(work)


def add_items(parent: Store, filters: int) -> int:
    """Add items, and return how many: each policy names a task, a filter and a schedule of its own."""
    add_targets(parent, add_filters(parent, filters), filters // 5)
    numbers = range(filters // 5)
    _add(parent, "filter", [("linux", {"where": "os_family = 'linux'"})])
    _add(parent, "task", [(f"task-{n:03}", {"type": "command", "body": f"echo {n}"}) for n in numbers])
    _add(parent, "schedule", [(f"nightly-{n:03}", {"daily": f"{n % 24:02}:00"}) for n in numbers])
    policies = [
        (f"policy-{n:03}", {"task": f"task-{n:03}", "schedule": f"nightly-{n:03}", "target": "linux",
                            "transport": "openssh"})
        for n in numbers
    ]  # fmt: skip
    _add(parent, "policy", policies)
    return filters + 1 + 4 * len(numbers)


def _changed(unit: UnitOfWork) -> None:
    found = house().kind("policy")
    assert found is not None
    found.load_shelf().set(unit, POLICY, {"description": "changed at the head"})


def wrong_at(child: Store, name: str) -> list[str]:
    """Return what is wrong with the changed policy in a child."""
    found = house().kind("policy")
    assert found is not None
    with child.read() as reader:
        doc = found.load_shelf().find(reader, POLICY)
        if doc is None or doc.fields["description"] != "changed at the head":
            return [f"{name} has not the changed policy"]
        picked = len(picking.resolve(reader, doc.fields["target"]))
    say(f"  {name}: the changed policy is there, and picks {picked} computers")
    return [] if picked else [f"the policy picks no computer at {name}"]


def _said(what: str, cost: RunCost) -> RunCost:
    say(f"{what}: {cost.records} records, {cost.bytes:,} bytes, {cost.wall_s:.1f} s, {cost.cpu_s:.1f} s CPU, "
        f"{cost.peak_mb:.0f} MB, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    return cost


def measured(folder: Path, computers: int, children: int, filters: int, run: Runs, *, up: bool = False) -> list[str]:
    """Make the servers and run what is measured; return what is wrong."""
    parent, wrong = _store(folder, "head"), list[str]()
    there = {f"child-{n}": _store(folder, f"child-{n}") for n in range(1, children + 1)}
    begin = time.monotonic()
    for place, child in enumerate(there.values()):
        add_computers(child, computers, place * computers)
    items = add_items(parent, filters)
    for name, child in there.items():
        link(parent, child, name)
    say(f"made: {children} children of {computers} computers, {items} items at the parent, "
        f"{time.monotonic() - begin:.0f} s")  # fmt: skip
    first = _said(f"items to {children} children", run(parent))
    if first.records < items * children:
        wrong.append(f"{first.records} records for {items} items and {children} children")
    if _said("again", run(parent)).records:
        wrong.append("an unchanged run gives something")
    parent.write(_changed)
    if _said("one policy changed", run(parent)).records != children:
        wrong.append("a changed policy is not one record for each child")
    for name, child in there.items():
        wrong += wrong_at(child, name)
    if up:
        for name, child in there.items():
            _said(f"{computers} computers of {name} up", run(child))
        with parent.read() as reader:
            number = len(picking.resolve(reader, "all"))
        say(f"the parent has {number} computers")
        if number != children * computers:
            wrong.append(f"the parent has {number} computers")
    for store in (parent, *there.values()):
        store.close()
    return wrong


def main() -> int:
    """Measure, and return 1 where something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--computers", type=int, default=35_000)
    parser.add_argument("--children", type=int, default=6)
    parser.add_argument("--filters", type=int, default=300)
    parser.add_argument("--up", action="store_true")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    work = partial(measured, run=ran, up=asked.up)
    if asked.folder:
        wrong = work(asked.folder, asked.computers, asked.children, asked.filters)
    else:
        with tempfile.TemporaryDirectory() as folder:
            wrong = work(Path(folder), asked.computers, asked.children, asked.filters)
    for one in wrong:
        say(f"wrong: {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
