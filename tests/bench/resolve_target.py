"""Resolving a target to connection data against raw SQL: `python -m tests.bench.resolve_target [--computers N]`.

The target holds about three in four computers. Ours is what `task run --target` reads, past the queue in between: its
name is read as a selector, its members are picked with their names, and the connection data of all of them are read in
the order and by the page that the run's ledger reads them, inside one read: the ledger opens one for every exchange, be
a page due or not, so that is no price of resolving. The floor: one SELECT through the bare driver that joins the
members of the target, found by its name, with the same columns of computers and addresses, fetched whole. CPU of this
process, and of the server's process on PostgreSQL; ours and the floor in turns, medians of --turns. Exits with 1 where
ours costs more than 1.8 times the floor.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.bulk import chunks
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.targeting.service import update
from itmsctl.targeting.service.connections import connection_rows
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.targeting.service.targets import TARGETS
from itmsctl.tasks.service.ledger import AHEAD
from itmsctl.tasks.service.selecting import select
from itmsctl.values.times import system_clock
from tests.bench import estate
from tests.bench.import_computers import Clock, databases
from tests.bench.measure import say

LIMIT = 1.8
RAW = """
    SELECT r.id, r.guid, r.name, c.os_family, c.port, c."user", c.management_address, c.profile_id, a.text
    FROM target t
    JOIN member m ON m.collection_id = t.id
    JOIN resource r ON r.id = m.resource_id
    JOIN computer c ON c.id = r.id
    LEFT JOIN computer_address a ON a.computer_id = c.id
    WHERE t.name_key = 'desks' ORDER BY r.id, a.ord
"""


def raw(reader: Reader) -> int:
    """Return how many rows the bare driver gives."""
    cursor = reader.connection.connection.cursor()
    cursor.execute(RAW)
    return len(cursor.fetchall())


def ours(store: Store, clock: Clock) -> tuple[int, float, float]:
    """Return of how many computers we read connection data, and what picking and reading them cost."""
    begin = clock.now()
    chosen = select(store, ComputerSelection(), "desks", stdin=()).computers
    picking = clock.now() - begin
    with store.read() as reader:
        begin = clock.now()
        queue = sorted(one.id for one in chosen)
        count = sum(len(connection_rows(reader, page)) for page in chunks(queue, AHEAD))
        return count, picking, clock.now() - begin


def prepare(store: Store, computers: int) -> None:
    """Write the estate, two filters, and a target of both but for an exclusion."""
    estate.add_computers(store, computers)
    store.write(lambda unit: FILTERS.add(unit, "known", {"where": "os_family is not null and port > 1"}))
    store.write(lambda unit: FILTERS.add(unit, "owned", {"where": "not tags.owner is null"}))
    store.write(lambda unit: FILTERS.add(unit, "macs", {"where": "os_family = 'mac'"}))
    made = {"views": ["all"], "filters": ["known", "owned"], "excludes": ["macs"]}
    store.write(lambda unit: TARGETS.add(unit, "desks", made))
    store.write(update.delta)


def turn(store: Store, clock: Clock) -> tuple[int, float, int, float, float]:
    """Return the rows of the floor and their cost, then what `ours` returns."""
    with store.read() as reader:
        begin = clock.now()
        rows = raw(reader)
        floor = clock.now() - begin
    return (rows, floor, *ours(store, clock))


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--computers", type=int, default=35_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--turns", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, databases(given.engine, Path(folder)) as make:
        clock = Clock()
        store = open_store(
            place_of(make()), clock=system_clock, actor=Actor("bench", "bench"), state_folder=Path(folder) / "state"
        )
        prepare(store, given.computers)
        if given.engine == "postgres":
            store.write(lambda unit: unit.connection.exec_driver_sql("ANALYZE"))
            clock.other = store.write(
                lambda unit: int(unit.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            )
        turns = [turn(store, clock) for _ in range(given.turns + 1)][1:]
        store.close()
    rows, found = turns[0][0], turns[0][2]
    if rows != found or not rows:
        say(f"the floor has {rows} rows, ours {found}")
        return 1
    floor, picking, reading = (statistics.median(one[n] for one in turns) for n in (1, 3, 4))
    own = statistics.median(one[3] + one[4] for one in turns)
    say(
        f"{given.engine}, {given.computers} computers, target of {found}: ours {own * 1000:.1f} ms (picking"
        f" {picking * 1000:.1f}, reading {reading * 1000:.1f}), raw {floor * 1000:.1f} ms: {own / floor:.2f} times"
        f" (bar {LIMIT:g})"
    )
    return 0 if own / floor <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
