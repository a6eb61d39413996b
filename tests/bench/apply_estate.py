"""Applying the largest example: `python -m tests.bench.apply_estate [--postgres] [--computers N] [--sites N]`.

Makes documents of six management servers, 600 sites and a subnet for each 250 computers, and a CSV of 210,000 computers
with two addresses, two tags and four identity values each. Then `itmsctl apply -f` as a user starts it, in a process of
its own, twice: on an empty CMDB, and again.

- *floor of applying*: the raw driver's `executemany` of the very rows that the first apply stored, into an equal empty
  database, in one transaction: every table that it wrote, the change log and the rows for delta membership among them.
- *floor of applying again*: reading the same rows: the CSV through the same checks as any import (`checked_rows`), and
  every table of computers (resource, computer, addresses, identities, tags) through the raw driver, no more than that.

CPU is that of the process, of PostgreSQL the server's too. Exits with 1 where the first costs more than 4 times its
floor, the second changes anything or costs more than 2 times its floor, or either holds more than 400 MB.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itmsctl.cmdb.engine import open_engine, place_of
from itmsctl.cmdb.schema import migrate
from itmsctl.documents.rows import read_rows
from itmsctl.resources.service.reading import COLUMNS, Notes, Read, checked_rows
from tests.bench.import_computers import Clock, Rows, csv_of, floor_postgres, floor_sqlite
from tests.bench.measure import say

APPLY, AGAIN, MEMORY_MB = 4.0, 2.0, 400
SERVERS = 6
COMPUTER_TABLES = ("resource", "computer", "computer_address", "computer_identity", "resource_tag")


def estate(folder: Path, computers: int, sites: int) -> Path:
    """Write documents and table; return the documents' path."""
    (folder / "computers.csv").write_bytes(csv_of(computers))
    parts = ["kind: import\nnoun: computer\nfrom: computers.csv\n"]
    for n in range(sites):
        parts.append(f"kind: site\nname: site-{n:03}\nspec:\n  region: region-{n % 20}\n  description: Site {n}\n")
    for n in range((computers + 249) // 250):
        prefix = f"10.{n // 250}.{n % 250}.0/24"
        parts.append(f"kind: subnet\nname: {prefix}\nspec:\n  site: site-{n % sites:03}\n")
    share = (sites + SERVERS - 1) // SERVERS
    for n in range(SERVERS):
        own = ", ".join(f"site-{i:03}" for i in range(n * share, min(sites, (n + 1) * share)))
        spec = f"  site: site-{n * share:03}\n  sites: [{own}]\n  cores: 16\n  ram_gb: 64\n"
        parts.append(f"kind: management-server\nname: ns-{n}\nspec:\n{spec}")
    path = folder / "estate.yaml"
    path.write_text("---\n".join(parts))
    return path


@dataclass
class Spent:
    """What a process cost."""

    seconds: float
    memory_mb: float
    said: str


class Server:
    """The processes of a PostgreSQL server; none for SQLite."""

    def __init__(self, pid: int | None) -> None:
        self._pid = pid

    def seconds(self) -> float:
        """Return the CPU of its processes so far, those that have ended too."""
        if self._pid is None:
            return 0.0
        ticks = sum(self._ticks(self._pid, slice(11, 15)) for _ in (0,))
        for child in Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split():
            ticks += self._ticks(int(child), slice(11, 13))
        return ticks / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _ticks(pid: int, which: slice) -> int:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return 0
        return sum(int(part) for part in fields[which])


def run(url: str, folder: Path, path: Path, server: Server) -> Spent:
    """Apply the documents in a process of its own."""
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    begin = server.seconds()
    process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", url, "apply", "-f", str(path), "-o", "ndjson"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, told
    time.sleep(0.5)  # a backend that ends is counted when its parent has heard of it
    seconds = usage.ru_utime + usage.ru_stime + server.seconds() - begin
    return Spent(seconds, usage.ru_maxrss / 1024, told.strip().splitlines()[-1])


def rows_of(url: str) -> Rows:
    """Return every row that there is beside the schema's own, tables in the order of their references."""
    engine = open_engine(place_of(url), purpose="bench")
    found: Rows = {}
    from itmsctl.cmdb.compare import declared

    with engine.connect() as connection:
        for table in declared().sorted_tables:
            if table.name in {"meta", "id_block", "chain_head", "alembic_version"}:
                continue
            result = connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')
            rows = [tuple(row) for row in result]
            if rows:
                found[table.name] = (list(result.keys()), rows)
    engine.dispose()
    return found


def floor_of_writing(make: Any, rows: Rows, postgres: bool) -> float:
    """Return the CPU of inserting rows with the raw driver."""
    url, clock = make(), Clock()
    if postgres:
        floor_postgres(url, rows, tuple(rows), clock)
    else:
        floor_sqlite(Path(url), rows, tuple(rows), clock)
    return clock.spent["floor"]


def floor_of_reading(url: str, folder: Path, postgres: bool) -> float:
    """Return the CPU of reading the table's rows, and the same computers from the database."""
    clock = Clock()
    with clock.measure("file"), read_rows(folder / "computers.csv", COLUMNS, name="computers.csv") as rows:
        count = sum(isinstance(row, Read) for row in checked_rows(rows, Notes(), unguard=False, clear=False))
    if postgres:
        import psycopg

        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            clock.other = connection.info.backend_pid
            with clock.measure("database"):
                for table in COMPUTER_TABLES:
                    with connection.cursor(name=f"read_{table}") as cursor:
                        cursor.itersize = 5000
                        sum(1 for _ in cursor.execute(f'SELECT * FROM "{table}"'))
    else:
        plain = sqlite3.connect(url)
        with clock.measure("database"):
            for table in COMPUTER_TABLES:
                sum(1 for _ in plain.execute(f'SELECT * FROM "{table}"'))
        plain.close()
    assert count
    say(f"  reading: the file {clock.spent['file']:.2f}, the database {clock.spent['database']:.2f}")
    return clock.spent["file"] + clock.spent["database"]


@contextmanager
def databases(postgres: bool, folder: Path) -> Iterator[tuple[Any, Server]]:
    """Yield a maker of empty CMDBs, and the server that holds them."""
    serial = iter(range(100))
    if not postgres:

        def make() -> str:
            path = folder / f"{next(serial)}.sqlite"
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            migrate(place_of(str(path)))
            return str(path)

        yield make, Server(None)
        return
    from tests.servers.postgres import shared_server

    server = shared_server()
    made: list[str] = []

    def make_on_server() -> str:
        name = f"itms_apply_{os.getpid()}_{next(serial)}"
        server.create_database(name)
        made.append(name)
        migrate(place_of(server.url(name)))
        return server.url(name)

    probe = make_on_server()
    import psycopg

    with psycopg.connect(probe.replace("+psycopg", "")) as connection:
        stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    try:
        yield make_on_server, Server(int(stat[1]))
    finally:
        for name in made:
            server.drop_database(name)
        server.stop()


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--computers", type=int, default=210_000)
    parser.add_argument("--sites", type=int, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, databases(options.postgres, Path(name)) as (make, server):
        folder = Path(name)
        path = estate(folder, options.computers, options.sites)
        url = make()
        first = run(url, folder, path, server)
        second = run(url, folder, path, server)
        reading = floor_of_reading(url, folder, options.postgres)
        rows = rows_of(url)
        writing = floor_of_writing(make, rows, options.postgres)
    engine = "postgres" if options.postgres else "sqlite"
    total = sum(len(found) for _, found in rows.values())
    say(f"{engine}: {SERVERS} servers, {options.sites} sites, {options.computers} computers; {total} rows, CPU seconds")
    for name, spent, floor, limit in (("apply", first, writing, APPLY), ("apply again", second, reading, AGAIN)):
        figures = f"{spent.seconds:7.2f}  floor {floor:6.2f}  {spent.seconds / floor:5.2f} (limit {limit:g})"
        say(f"  {name:12} {figures}  {spent.memory_mb:4.0f} MB  {spent.said}")
    say(f"  (this process, with all rows in memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB)")
    held = first.seconds <= APPLY * writing and second.seconds <= AGAIN * reading
    small = max(first.memory_mb, second.memory_mb) <= MEMORY_MB
    return 0 if held and small and second.said.startswith("0 created, 0 updated") else 1


if __name__ == "__main__":
    raise SystemExit(main())
