"""Filters over stored software against the SQL that one would write by hand.

    python -m tests.bench.inventory_filter [--computers N] [--rows N] [--engine sqlite|postgres] [--turns N]

Computers with software are written with raw inserts: 50 products that everybody has in one of five versions, the rest
of 4,000 others, all of them rows of one dictionary. In turns each question is asked by the filter language, as a
membership update asks it, and by hand-written SQL over the same tables: members, how many they are, the opposite, and a
count of rows. Both must answer alike. CPU is that of this process, and on PostgreSQL that of its server process too;
medians. Exits with 1 where members or the opposite cost 1.5 times the hand-written SQL.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.expressions.parse import parse
from itmsctl.targeting.service import whole
from itmsctl.values.times import system_clock
from itmsctl.values.versions import version_key
from tests.bench import estate
from tests.bench.import_computers import Clock, databases
from tests.bench.measure import say

MOST = 1.5
COMMON, PRODUCTS, VERSIONS = 50, 4_000, ("115.3.1", "128.3.0", "128.10.0", "140.0", "141.0.2")
JUDGED = ("members", "the opposite")  # the others are over before a statement is compiled, or are told for comparison
CHUNK = 250  # computers written at once
REPEATED = 5  # the clock of a server process ticks every 10 ms

_FOUND = "SELECT i.computer_id FROM inv_software i JOIN inv_software_entry e ON e.entry_id = i.entry_id WHERE "
_OLD = f"e.name = 'product-3' AND e.version_key < '{version_key('140')}'"
_MAY = f"e.name = 'product-3' AND (e.version_key < '{version_key('140')}' OR e.version_key IS NULL)"
_KNOWN = (
    "EXISTS (SELECT 1 FROM inventory_state s WHERE s.computer_id = c.id AND s.class_name = 'software' "
    "AND s.collected_at IS NOT NULL)"
)
_PATTERN = f"e.name >= 'product-22' AND e.name < 'product-23' AND e.version_key >= '{version_key('140')}'"
# What is asked, as a filter and by hand.
QUESTIONS = {
    "members": ("software(name = 'product-3' and version < '140')", f"c.id IN ({_FOUND}{_OLD})"),
    "the opposite": (
        "not software(name = 'product-3' and version < '140')",
        f"{_KNOWN} AND c.id NOT IN ({_FOUND}{_MAY})",
    ),
    "rare product": ("software(name = 'product-2222')", f"c.id IN ({_FOUND}e.name = 'product-2222')"),
    "pattern": ("software(name like 'product-22%' and version >= '140')",
                f"c.id IN ({_FOUND}{_PATTERN})"),
    "count of rows": (
        "count(software(name = 'product-3')) >= 1",
        f"c.id IN ({_FOUND}e.name = 'product-3' GROUP BY i.computer_id HAVING count(*) >= 1)",
    ),
}  # fmt: skip


def products_of(computer: int, rows: int) -> Iterator[int]:
    """Yield the entries of a computer's software."""
    spread = len(VERSIONS)
    for place in range(min(COMMON, rows)):
        yield place * spread + (computer + place) % spread
    for place in range(COMMON, rows):
        yield (COMMON + (computer * 7919 + place * 13) % PRODUCTS) * spread + (computer * 31 + place) % spread


def fill(store: Store, computers: int, rows: int) -> None:
    """Add computers with their software."""
    ids = estate.add_computers(store, computers)
    store.write(_entries)
    for start in range(0, computers, CHUNK):
        store.write(partial(_software, ids=ids[start : start + CHUNK], start=start, rows=rows))
    store.write(lambda unit: unit.connection.exec_driver_sql("ANALYZE"))  # as `db maintain` does


def _entries(unit: UnitOfWork) -> None:
    found = []
    for number in range((COMMON + PRODUCTS) * len(VERSIONS)):
        version = VERSIONS[number % len(VERSIONS)]
        found.append((number, f"product-{number // len(VERSIONS)}", version, version_key(version), "amd64", "dpkg"))
    columns = ("entry_id", "name", "version", "version_key", "architecture", "source")
    bulk.insert(unit.connection, "inv_software_entry", columns, found)


def _software(unit: UnitOfWork, ids: list[int], start: int, rows: int) -> None:
    at = bulk.moment(unit.connection, unit.now)
    bulk.insert(
        unit.connection, "inventory_computer", ("computer_id", "first_at", "last_at"), [(i, at, at) for i in ids]
    )
    states = [(i, "software", "bench", rows, at, 1, 0) for i in ids]
    columns = ("computer_id", "class_name", "source", "row_count", "collected_at", "epoch", "counter")
    bulk.insert(unit.connection, "inventory_state", columns, states)
    held = (
        (id_, entry, at, entry)
        for number, id_ in enumerate(ids, start)
        for entry in sorted(set(products_of(number, rows)))
    )
    bulk.insert(unit.connection, "inv_software", ("computer_id", "row_key", "since", "entry_id"), list(held))


def ask(store: Store, clock: Clock, name: str, *, by_hand: bool, count: bool) -> tuple[float, int]:
    """Ask one question; return the CPU seconds and how many computers were found."""
    where, written = QUESTIONS[name]
    number, tree = 0, parse(where)  # which is stored beside a filter
    with store.read() as reader:
        if not store.place.is_sqlite:  # what is spent is that of one server process
            reader.connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
            clock.other = int(reader.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        begin = clock.now()
        for _ in range(REPEATED):
            if by_hand:
                what = "count(*)" if count else "c.id"
                found = reader.connection.execute(sa.text(f"SELECT {what} FROM computer c WHERE {written}"))
            else:
                wanted = whole.matching(reader, tree)
                counted = sa.select(sa.func.count()).select_from(wanted.subquery())
                found = reader.connection.execute(counted if count else wanted)
            number = found.scalar_one() if count else len(found.all())
        return (clock.now() - begin) / REPEATED, number


def compare(store: Store, clock: Clock, name: str, turns: int, *, count: bool) -> bool:
    """Ask one question in turns; print what both cost, and return whether the filter costs little more."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(turns + 1):
        answers = set()
        for by_hand in (True, False) if turn % 2 else (False, True):
            seconds, number = ask(store, clock, name, by_hand=by_hand, count=count)
            answers.add(number)
            if turn:  # the first warms caches up
                spent[by_hand].append(seconds)
        if len(answers) != 1:
            raise AssertionError(f"{name}: {answers} computers")
    hand, ours = statistics.median(spent[True]), statistics.median(spent[False])
    good = ours < MOST * hand or name not in JUDGED
    say(f"  {name:14} {'counted' if count else 'listed':8} {number:7} computers: filter {ours * 1000:8.1f} ms, "
        f"by hand {hand * 1000:8.1f} ms, {ours / hand:5.2f} times{'' if good else '  TOO DEAR'}")  # fmt: skip
    return good


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--computers", type=int, default=35_000)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, databases(given.engine, Path(folder)) as make:
        clock = Clock()
        store = open_store(
            place_of(make()), actor=Actor("bench", "bench"), clock=system_clock, state_folder=Path(folder) / "state"
        )
        begin = clock.now()
        fill(store, given.computers, given.rows)
        spent = clock.now() - begin
        say(f"{given.engine}: {given.computers} computers with {given.rows} rows each, written in {spent:.0f} s CPU")
        good = [compare(store, clock, name, given.turns, count=count) for name in QUESTIONS for count in (False, True)]
        store.close()
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
