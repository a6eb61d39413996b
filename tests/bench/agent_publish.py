"""Publishing the policy of agents, on SQLite or PostgreSQL.

    python -m tests.bench.agent_publish [--computers 35000] [--engine sqlite|postgres]

An estate with an agent on each computer, and inventory policies, one of them for 1 % of the computers. Then in turns:
a complete publishing, one in which nothing has changed, one after that policy was changed, and one after its computers
became others. CPU is that of this process, and on PostgreSQL that of its server process too. Exits with 1 where at
35,000 computers a complete one costs more than 60 s, or the changed policy more than 2 % of it (Must show 5 of the
agent); with fewer computers only whether the right files were written counts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from itmsctl.agents.service.publishing import Published, publish
from itmsctl.agents.service.settings import AGENT_SETTINGS_SHELF
from itmsctl.cmdb import bulk
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.service.policies import INVENTORY_POLICIES
from itmsctl.targeting.kinds import FILTER
from itmsctl.targeting.service import update
from itmsctl.values.times import system_clock
from tests.bench import estate
from tests.bench.import_computers import Clock, databases
from tests.bench.measure import say

COMPLETE_S, SHARE, FULL = 60.0, 0.02, 35_000
POLICIES = 20


@dataclass(frozen=True)
class Turn:
    """What one publishing did, and what it cost."""

    name: str
    cpu_s: float
    done: Published


def add_agents(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Have an agent that is trusted on each computer."""
    now = bulk.moment(unit.connection, unit.now)
    columns = ("id", "guid", "name", "state", "public_key", "machine", "computer_id", "registered_at", "number",
               "policy", "taken", "changed_by")  # fmt: skip
    rows = [
        (
            id_,
            f"{computer:032x}",
            f"pc-{computer}",
            "approved",
            "00" * 32,
            "",
            computer,
            now,
            1,
            0,
            0,
            unit.change_set_id,
        )
        for id_, computer in zip(unit.next_ids(len(computers)), computers, strict=True)
    ]
    bulk.insert(unit.connection, "agent", columns, rows)
    unit.note("agent", added=len(rows))


def add_policies(unit: UnitOfWork, folder: Path) -> None:
    """Have settings, and policies: most for all computers of a family, one for 1 % of all."""
    places = {"folder": str(folder / "policy"), "inbox": str(folder / "inbox")}
    AGENT_SETTINGS_SHELF.add(unit, "usual", places)
    filters = FILTER.load_shelf()
    filters.add(unit, "few", {"type": "query", "where": "name like 'pc-%07'"})
    INVENTORY_POLICIES.add(unit, "few", {"target": "few", "every_s": 3600.0, "mode": "full", "transport": "local"})
    for number in range(POLICIES):
        family = estate.FAMILIES[number % len(estate.FAMILIES)]
        filters.add(unit, f"of-{number}", {"type": "query", "where": f"os_family = '{family}' and port = 22"})
        fields = {"target": f"of-{number}", "every_s": 3600.0 * (number + 2), "mode": "full", "transport": "local"}
        INVENTORY_POLICIES.add(unit, f"policy-{number}", fields)


def turns(store: Store, clock: Clock, folder: Path, count: int) -> list[Turn]:
    """Build the estate, and publish in turns."""
    found: list[Turn] = []

    def turn(name: str) -> None:
        begin = clock.now()
        done = publish(store)
        found.append(Turn(name, clock.now() - begin, done))

    computers = estate.add_computers(store, count)
    store.write(lambda unit: add_agents(unit, computers))
    store.write(lambda unit: add_policies(unit, folder))
    store.write(update.complete)
    turn("complete")
    turn("unchanged")
    store.write(lambda unit: INVENTORY_POLICIES.set(unit, "few", {"every_s": 7200.0}))
    turn("policy of 1 % changed")
    store.write(lambda unit: FILTER.load_shelf().set(unit, "few", {"where": "name like 'pc-%08'"}))
    store.write(update.complete)
    turn("its computers are others")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and judge."""
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--computers", type=int, default=FULL)
    known.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    given = known.parse_args(argv)
    count: int = given.computers
    with tempfile.TemporaryDirectory() as name, databases(given.engine, Path(name)) as make:
        store = open_store(
            place_of(make()), clock=system_clock, actor=Actor("bench", "bench"), state_folder=Path(name) / "state"
        )
        clock = Clock(server_process(store))
        found = turns(store, clock, Path(name), count)
        store.close()
    first = found[0]
    for one in found:
        said = (
            f"{one.cpu_s:8.2f} s CPU  {one.cpu_s / first.cpu_s:7.2%}  {one.done.written} written, {one.done.kept} kept"
        )
        say(f"{one.name:>26}: {said}")
    return judged(found, count)


def server_process(store: Store) -> int | None:
    """Return the process of the server that serves a store; None on SQLite."""
    with store.read() as reader:
        if reader.connection.dialect.name != "postgresql":
            return None
        return int(reader.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def judged(found: Sequence[Turn], count: int) -> int:
    """Return 0 where the right files were written, and it was cheap enough."""
    first, _, changed, _ = found
    few, now = (len([n for n in range(count) if n % 100 == last]) for last in (7, 8))
    wrote = [one.done.written for one in found] == [count, 0, few, few + now]
    cheap = count < FULL or (first.cpu_s <= COMPLETE_S and changed.cpu_s <= SHARE * first.cpu_s)
    if not wrote:
        say(f"wrong: {count}, 0, {few} and {few + now} files should have been written")
    if not cheap:
        say(f"too dear: {COMPLETE_S:g} s for all, and {SHARE:.0%} of that for the policy of 1 % are allowed")
    return 0 if wrote and cheap else 1


if __name__ == "__main__":
    raise SystemExit(main())
