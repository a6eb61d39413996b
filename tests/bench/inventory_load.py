"""Storing inventories against the raw driver: `python -m tests.bench.inventory_load [--computers 1000 5000]`.

Each computer tells ten classes of one row, 300 rows of software and 40 others (`inventoried`). They are stored in an
empty CMDB, sent again unchanged, and again with 1 % of the rows changed. The floor is the raw driver's `executemany` on
SQLite, and COPY on PostgreSQL, of the very same rows with all their columns into tables with the same key and
reference, in equal batches, in the same run; it knows no history, no digest and no delta, and is given its rows ready.

CPU is that of the process that stores, a fresh one for each load, and on PostgreSQL that of the server's process for
the connection too. Ends with 1 where a bar is missed: 2.5 times the floor on SQLite, 1.5 times on PostgreSQL; a fifth
of the first load and no data row for the same again; exactly the changed rows and their history; 60 and 120 KB of disk
for each computer; 300 MB of memory. Of several sizes it is told how the price of a computer grows between them.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.schema import migrate
from itmsctl.cmdb.store import Store
from itmsctl.inventory.delta import report
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.values.times import system_clock, to_text
from tests.bench.estate import add_computers
from tests.bench.inventoried import BEGIN, Estate
from tests.bench.measure import say

BATCH = 100
BARS = {"sqlite": (2.5, 60), "postgresql": (1.5, 120)}
FIFTH, MEMORY_MB = 0.2, 300
_SQL = {"int": "BIGINT", "real": "DOUBLE PRECISION", "duration": "DOUBLE PRECISION", "bool": "BOOLEAN"}


@dataclass
class Cpu:
    """CPU seconds of this process and of the server's, by what they were spent on."""

    server: int | None = None
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def now(self) -> float:
        seconds = time.process_time()
        if self.server is not None:
            parts = Path(f"/proc/{self.server}/stat").read_text().rpartition(")")[2].split()
            seconds += (int(parts[11]) + int(parts[12])) / 100
        return seconds

    @contextmanager
    def spending(self, what: str) -> Iterator[None]:
        begin = self.now()
        yield
        self.spent[what] += self.now() - begin


@dataclass
class Loaded:
    """What a load cost and wrote."""

    engine: str
    computers: int
    cpu: Cpu
    disk_kb: float
    peak_mb: float
    states: dict[str, Counter[str]]
    closed: int

    @property
    def ratio(self) -> float:
        """Return the first load in floors."""
        return self.cpu.spent["first"] / self.cpu.spent["raw"]

    def each(self, what: str) -> float:
        """Return the milliseconds of CPU that a load cost for each computer."""
        return 1000 * self.cpu.spent[what] / self.computers

    def share(self, what: str) -> float:
        """Return another load in first loads."""
        return self.cpu.spent[what] / self.cpu.spent["first"]


def load(url: str, folder: Path, count: int) -> Loaded:
    """Store the reports of so many computers, the same again, and changed ones; then the floor."""
    stores = [_store(url.replace("NAME", n), folder) for n in ("ours", "raw")]
    estate, cpu = Estate(), Cpu()
    ids = add_computers(stores[0], count)
    before = _size(stores[0])
    states: dict[str, Counter[str]] = {}
    disk = 0.0
    for hours, what in enumerate(("first", "same", "changed")):
        how: dict[str, Any] = {"at": BEGIN + timedelta(hours=hours), "changed": what == "changed"}
        states[what] = Counter()
        for batch in estate.batches(count, BATCH, **how):
            told = [(ids[n], one) for n, one in batch]
            states[what] += _stored(stores[0], cpu, what, told)
        if what == "first":
            disk = (_size(stores[0]) - before) / count / 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    with stores[0].read() as reader:
        closed = int(reader.scalar(sa.text("SELECT count(*) FROM inventory_closed")))
    _raw(stores[1], estate, count, cpu)
    engine = stores[0].engine.dialect.name
    for store in stores:
        store.close()
    return Loaded(engine, count, cpu, disk, peak, states, closed)


def _stored(store: Store, cpu: Cpu, what: str, told: list[tuple[int, Told]]) -> Counter[str]:
    _serve(store, cpu)
    with cpu.spending(what):
        found = store.write(lambda unit: store_told(unit, told))
    counts: Counter[str] = Counter()
    for one in found:
        for stored in one.classes.values():
            counts.update(
                {stored.state: 1, "rows": stored.added + stored.changed, "removed": stored.removed, "+": stored.added}
            )
    return counts


class Telling(Protocol):
    """Whoever tells of computers, batch by batch, by their numbers."""

    def batches(self, count: int, size: int) -> Iterator[list[tuple[int, Told]]]:
        """Yield the reports of so many computers."""


def raw_cpu(folder: Path, telling: Telling, count: int) -> float:
    """Return the seconds of CPU that the raw driver takes on SQLite to store the rows of computers."""
    cpu, store = Cpu(), _store(str(folder / "raw"), folder)
    _raw(store, telling, count, cpu)
    store.close()
    return cpu.spent["raw"]


def _raw(store: Store, estate: Telling, count: int, cpu: Cpu) -> None:
    ids = add_computers(store, count)
    tables: dict[str, list[str]] = {}
    for batch in estate.batches(count, BATCH):
        ready: dict[str, list[tuple[Any, ...]]] = {}
        for n, told in batch:
            for name, rows in told.classes.items():
                one = data_class(name)
                columns = [column.name for column in one.columns]
                if name not in tables:
                    tables[name] = ["computer_id", "row_key", *columns]
                    store.write(_making(name, {c.name: _SQL.get(c.type.value, "TEXT") for c in one.columns}))
                for key, row in report(one, rows).rows.items():
                    number = int.from_bytes(key, "big", signed=True)
                    ready.setdefault(name, []).append((ids[n], number, *[_plain(row.get(c)) for c in columns]))
        _serve(store, cpu)
        with cpu.spending("raw"):
            store.write(_writing(ready, tables))


def _making(name: str, columns: dict[str, str]) -> Callable[[Any], None]:
    said = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    statement = (
        f"CREATE TABLE raw_{name} (computer_id INTEGER REFERENCES computer (id) ON DELETE CASCADE,"
        f" row_key BIGINT, {said}, PRIMARY KEY (computer_id, row_key))"
    )

    def make(unit: Any) -> None:
        bare = " WITHOUT ROWID" if unit.connection.dialect.name == "sqlite" else ""
        unit.connection.exec_driver_sql(statement + bare)

    return make


def _writing(ready: dict[str, list[tuple[Any, ...]]], tables: dict[str, list[str]]) -> Callable[[Any], None]:
    def write(unit: Any) -> None:
        for name, rows in ready.items():
            bulk.insert(unit.connection, f"raw_{name}", tables[name], rows)

    return write


def _plain(value: Any) -> Any:
    if hasattr(value, "astimezone"):
        return to_text(value)
    return str(value) if isinstance(value, list | dict) else value


def _store(place: str, folder: Path) -> Store:
    if "://" in place:
        migrate(place_of(place))
    return open_store(place_of(place), clock=system_clock, actor=Actor("bench", "bench"), state_folder=folder / "state")


def _serve(store: Store, cpu: Cpu) -> None:
    """Have the CPU of the server's process for the one connection of a store counted; a long load gets another one."""
    if not store.place.is_sqlite:
        with store.read() as reader:
            cpu.server = int(reader.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def _size(store: Store) -> int:
    if store.place.path is not None:
        return store.place.path.stat().st_size
    with store.read() as reader:
        return int(reader.connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def tell(found: Loaded) -> list[str]:
    """Write what was found, and return the bars that were missed."""
    limit, disk = BARS[found.engine]
    spent, n = found.cpu.spent, found.computers
    rows = found.states["first"]["rows"]
    say(f"{found.engine}, {n} computers, {rows} rows:")
    say(f"  floor {spent['raw']:.2f} s, first load {spent['first']:.2f} s: {found.ratio:.2f} times (bar {limit})")
    same, changed = found.states["same"], found.states["changed"]
    repeated = f"{found.share('same'):.3f} of it (bar {FIFTH}), {same['rows']} data rows"
    say(f"  the same again {spent['same']:.2f} s: {repeated}")
    say(
        f"  1 % changed {spent['changed']:.2f} s: {changed['rows']} rows written (4 a computer: {4 * n}),"
        f" {found.closed} closed"
    )
    say(f"  disk {found.disk_kb:.1f} KB a computer (bar {disk}); peak {found.peak_mb:.0f} MB (bar {MEMORY_MB})")
    missed = {
        "floor": found.ratio > limit,
        "same": found.share("same") > FIFTH or bool(same["rows"] + same["removed"]),
        "changed": (changed["rows"], changed["removed"], found.closed) != (4 * n, 0, 4 * n),
        "disk": found.disk_kb > disk,
        "memory": found.peak_mb > MEMORY_MB,
    }
    return [f"{found.engine} {n}: {what}" for what, is_missed in missed.items() if is_missed]


def main() -> int:
    """Measure on both engines, or on one."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--computers", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    given = parser.parse_args()
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="itmsctl-load-") as name:
        for engine in given.engine or ("sqlite", "postgresql"):
            found: list[Loaded] = []
            for count in given.computers:
                found.append(_apart(_url(engine, Path(name), count), Path(name), count))
                missed += tell(found[-1])
            tell_growth(found)
    for bar in missed:
        say(f"MISSED {bar}")
    return 1 if missed else 0


def tell_growth(found: list[Loaded]) -> None:
    """Write what a computer costs at each size, and how that grows from the smallest on."""
    least = min(found, key=lambda one: one.computers)
    for one in sorted(found, key=lambda one: one.computers):
        if one is least:
            continue
        say(f"{one.engine}, {least.computers} to {one.computers} computers, for each:")
        for what in ("raw", "first", "same", "changed"):
            was, now = least.each(what), one.each(what)
            say(f"  {what:8} {was:6.2f} to {now:6.2f} ms: {now / was:.2f}")
        say(f"  disk     {least.disk_kb:6.1f} to {one.disk_kb:6.1f} KB: {one.disk_kb / least.disk_kb:.2f}")


def _apart(url: str, folder: Path, count: int) -> Loaded:
    """Load in a process of its own: its peak of memory is no other load's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(load, url, folder, count).result()


def _url(engine: str, folder: Path, count: int) -> str:
    if engine == "sqlite":
        return str(folder / f"NAME-{count}")
    from tests.servers.postgres import shared_server

    server = shared_server()
    for one in ("ours", "raw"):
        server.create_database(f"load_{one}_{count}")
    return server.url(f"load_NAME_{count}")


if __name__ == "__main__":
    sys.exit(main())
