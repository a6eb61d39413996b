"""Writing an import against the raw driver: `python -m tests.bench.import_computers --rows N --engine sqlite|postgres`.

Builds a CSV of computers with two addresses, two tags and four identity values each, reads and checks it (the cost is
printed, and in no ratio), then imports it into an empty CMDB: plan (compare with the database) and write. The floor is
the raw driver's `executemany` of the very same rows into an equal empty database, in one transaction, in the same run:
resources, computers, addresses, identities, tags, and the change log. The rows that tell delta membership what changed
(`dirty`) are written by the import and are *not* in the floor; a second figure has them in it.

CPU is that of this process, and on PostgreSQL that of the server's process for the connection too. Medians of --turns.
Exits with 1 where plan and write together cost more than three times the floor.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import open_engine, place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.schema import migrate
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.rows import read_rows
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.importing import BATCH
from itmsctl.resources.service.plan import ImportRecord, plan_import
from itmsctl.resources.service.reading import COLUMNS, Notes, Read, checked_rows
from itmsctl.resources.service.write import write_import
from itmsctl.values.times import system_clock
from tests.bench.measure import say

LIMIT = 3.0
# In the order of their references.
TABLES = ("change_set", "resource", "computer", "computer_address", "computer_identity", "resource_tag", "change")
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def csv_of(count: int) -> bytes:
    """Return a file of computers as an estate has them."""
    lines = ["name,address,port,user,os_family,serial,uuid,machine_id,mac,tags"]
    for n in range(count):
        a, b = n // 250 % 250, n % 250
        host = f"{n + 1:x}" if n + 1 < 1 << 16 else f"{n + 1 >> 16:x}:{n + 1 & 0xFFFF:x}"
        lines.append(
            f"pc-{n:06},10.{n // 62500}.{a}.{b + 1};2001:db8:{a:x}::{host},22,root,linux,SN{n:08},"
            f"4c4c4544-{a:04x}-3510-8052-{n:012x},{n + 1:032x},00:1b:21:{a:02x}:{n // 62500:02x}:{b:02x},"
            f"env={('prod', 'test', 'dev')[n % 3]};tier=t{n % 7}"
        )
    return "\n".join(lines).encode()


def records_of(data: bytes) -> list[ImportRecord]:
    """Return the checked rows of a file."""
    with read_rows(io.BytesIO(data), COLUMNS, name="bench.csv") as rows:
        return [row.record for row in checked_rows(rows, Notes(), unguard=False, clear=False) if isinstance(row, Read)]


@dataclass
class Clock:
    """CPU seconds of this process and of one more, by what they were spent on."""

    other: int | None = None
    spent: dict[str, float] = field(default_factory=dict)

    def now(self) -> float:
        seconds = time.process_time()
        if self.other is not None:
            parts = Path(f"/proc/{self.other}/stat").read_text().rpartition(")")[2].split()
            seconds += (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
        return seconds

    @contextmanager
    def measure(self, what: str) -> Iterator[None]:
        begin = self.now()
        yield
        self.spent[what] = self.spent.get(what, 0.0) + self.now() - begin


def import_all(store: Store, records: list[ImportRecord], clock: Clock) -> None:
    """Import as `computer import` does, in one unit of work, and note the cost of its parts."""

    def work(unit: UnitOfWork) -> None:
        for start in range(0, len(records), BATCH):
            with clock.measure("plan"):
                plan = plan_import(unit, records[start : start + BATCH], COMPUTERS.differing)
            write_import(unit, plan)

    with clock.measure("all"):
        store.write(work)


def rows_of(url: str) -> Rows:
    """Return what the import has stored, as the driver gives it."""
    engine = open_engine(place_of(url), purpose="bench")
    found: Rows = {}
    with engine.connect() as connection:
        for table in (*TABLES, "dirty"):
            result = connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            found[table] = (list(result.keys()), [tuple(row) for row in result])
    engine.dispose()
    return found


def floor_sqlite(path: Path, rows: Rows, tables: tuple[str, ...], clock: Clock) -> None:
    """Insert the rows with sqlite3 alone, with the settings that the CMDB has."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    with clock.measure("floor"):
        connection.execute("BEGIN IMMEDIATE")
        for table in tables:
            columns, values = rows[table]
            names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join("?" * len(columns))
            connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)
        connection.execute("COMMIT")
    connection.close()


def floor_postgres(url: str, rows: Rows, tables: tuple[str, ...], clock: Clock) -> None:
    """Insert the rows with psycopg alone."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        clock.other = connection.info.backend_pid
        with clock.measure("floor"), connection.cursor() as cursor:
            for table in tables:
                columns, values = rows[table]
                names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join(["%s"] * len(columns))
                cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)
            connection.commit()


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[Callable[[], str]]:
    """Yield a maker of empty CMDBs."""
    serial = iter(range(10_000))
    if engine == "sqlite":
        template = folder / "template.sqlite"
        os.close(os.open(template, os.O_CREAT | os.O_RDWR, 0o600))
        migrate(place_of(str(template)))

        def make() -> str:
            path = folder / f"{next(serial)}.sqlite"
            shutil.copyfile(template, path)
            path.chmod(0o600)
            return str(path)

        yield make
        return
    from tests.servers.postgres import shared_server

    server = shared_server()
    made: list[str] = []

    def make_on_server() -> str:
        name = f"itms_bench_{os.getpid()}_{next(serial)}"
        server.create_database(name)
        made.append(name)
        migrate(place_of(server.url(name)))
        return server.url(name)

    try:
        yield make_on_server
    finally:
        for name in made:
            server.drop_database(name)
        server.stop()


def one_turn(engine: str, make: Callable[[], str], records: list[ImportRecord], state: Path) -> dict[str, float]:
    """Return CPU seconds: plan, all of the import, the floor, and the floor with the rows of `dirty`."""
    url = make()
    clock = Clock()
    store = open_store(place_of(url), clock=system_clock, actor=Actor("bench", "bench"), state_folder=state)
    if engine == "postgres":
        clock.other = store.write(lambda unit: unit.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    import_all(store, records, clock)
    store.close()
    rows = rows_of(url)
    spent = clock.spent
    floor = floor_sqlite if engine == "sqlite" else floor_postgres
    for name, tables in (("floor", TABLES), ("floor_dirty", (*TABLES, "dirty"))):
        place = make()
        bare = Clock()
        floor(Path(place) if engine == "sqlite" else place, rows, tables, bare)  # type: ignore[arg-type]
        spent[name] = bare.spent["floor"]
    return spent


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=35_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    data = csv_of(options.rows)
    begin = time.process_time()
    records = records_of(data)
    parsing = time.process_time() - begin
    assert len(records) == options.rows
    with tempfile.TemporaryDirectory() as name, databases(options.engine, Path(name)) as make:
        turns = [one_turn(options.engine, make, records, Path(name) / f"state{n}") for n in range(options.turns)]
    cpu = {key: statistics.median(turn[key] for turn in turns) for key in turns[0]}
    write = cpu["all"] - cpu["plan"]
    say(f"{options.engine}, {options.rows} computers, CPU seconds, medians of {options.turns}")
    say(f"  reading and checking  {parsing:6.2f}  ({parsing / options.rows * 1e6:.0f} us a row; in no ratio)")
    say(f"  plan {cpu['plan']:.2f} + write {write:.2f} = {cpu['all']:6.2f}")
    say(f"  floor {cpu['floor']:.2f}, with the rows for delta membership {cpu['floor_dirty']:.2f}")
    say(f"  write / floor          {write / cpu['floor']:.2f}  (like for like {write / cpu['floor_dirty']:.2f})")
    ratio = cpu["all"] / cpu["floor"]
    say(f"  plan and write / floor {ratio:.2f}  (like for like {cpu['all'] / cpu['floor_dirty']:.2f}; limit {LIMIT})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
