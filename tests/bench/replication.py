"""Replication of inventory against a raw dump and load: `python -m tests.bench.replication [--computers N] [--on O]`.

A child gives its parent computers with the rows of `inventoried`, first complete, then nothing new, then 0.1 % and 1 %
of the computers changed: by `running.run` over a direct link, each time in a process of its own, which is both sides:
batches are signed, written to files, taken in, applied and settled. The floor reads the very same rows by the driver,
writes them as JSON, reads them again and inserts them into plain tables, in the same run; in PostgreSQL by COPY. CPU is
that of the program: what a server of databases does is in neither.

Ends with 1 where a bar is missed: an unchanged run under 4 KiB; bytes and CPU within twice of proportional; three times
the floor; 300 MB of both sides together.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.schema import migrate
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.hierarchy.peer import CHILD
from itmsctl.hierarchy.service import identity, linking
from itmsctl.inventory.asking import dictionary_of, table_of_class
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Told
from itmsctl.replication.service import running
from itmsctl.replication.service.rules import REPLICATION_RULES, RESOURCES_UP
from itmsctl.values.times import system_clock
from tests.bench.estate import add_computers
from tests.bench.inventoried import BEGIN, Estate
from tests.bench.measure import say
from tests.servers.postgres import shared_server

BATCH = 100
QUIET_BYTES, MOST_TIMES, MOST_SHARE, MEMORY_MB = 4096, 3.0, 2.0, 300


@dataclass(frozen=True)
class RunCost:
    """What one run of a rule cost the program, both sides together; the head of each batch counts."""

    records: int
    bytes: int
    cpu_s: float
    wall_s: float
    peak_mb: float


def link(parent: Store, child: Store, name: str, classes: Sequence[str] = ()) -> None:
    """Put a server below another, both by their databases, and have it give rows of classes."""
    identity.init(parent, "head")
    linking.add_direct(parent, name, linking.url_of(child.place), CHILD, lambda _: None)
    if classes:
        child.write(lambda unit: REPLICATION_RULES.set(unit, RESOURCES_UP, {"classes": list(classes)}))


def fill(child: Store, estate: Estate, count: int, first: int = 0) -> list[int]:
    """Add computers with their inventories, and return their ids."""
    ids = add_computers(child, count, first)
    for begin in range(0, count, BATCH):
        part = range(begin, min(count, begin + BATCH))
        store(child, [(ids[number], estate.told(first + number)) for number in part])
    return ids


def store(child: Store, told: list[tuple[int, Told]]) -> None:
    """Store reports."""
    child.write(partial(_stored, told))


def _stored(told: list[tuple[int, Told]], unit: UnitOfWork) -> None:
    store_told(unit, told)


def ran(of: Store, *, complete: bool = False) -> RunCost:
    """Run the rules of a server in a process of its own."""
    url = str(of.place.path or of.place.url.render_as_string(hide_password=False))
    argv = [sys.executable, "-m", "tests.bench.replication", "--one", url, "--state", str(of.seen.folder)]
    done = subprocess.run([*argv, *(["--complete"] if complete else [])], check=True, stdout=subprocess.PIPE)
    return RunCost(**json.loads(done.stdout))


def run_one(url: str, state: Path, *, complete: bool) -> RunCost:
    """Run the rules of a server in this process."""
    of = _opened(url, state)
    begin, cpu = time.monotonic(), time.process_time()
    found = running.run(of, [], complete=complete)
    wall, cpu = time.monotonic() - begin, time.process_time() - cpu
    for one in found:
        if one.error is not None or one.sent.refused:
            raise RuntimeError(one.sentence())
    batches = sum(len(one.sent.replies) for one in found)
    size = sum(one.sent.bytes for one in found) + 1024 * batches  # the head of a batch is about that long
    of.close()
    return RunCost(sum(one.records for one in found), size, cpu, wall, _peak_mb())


def _peak_mb() -> float:
    """Return the peak of this program; `getrusage` counts that of whoever started it, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def floor(of: Store, classes: Sequence[str], folder: Path) -> float:
    """Return the CPU seconds of reading the same rows, writing and reading them as JSON, and inserting them."""
    begin = time.process_time()
    with closing(_raw(of)) as source:
        for name in classes:
            shared = any(column.is_shared for column in data_class(name).columns)
            join = f' JOIN "{dictionary_of(name)}" e ON e.entry_id = t.entry_id' if shared else ""
            cursor = source.cursor() if of.place.is_sqlite else source.cursor(name=name)  # on the server, by pages
            cursor.execute(f'SELECT t.*{", e.*" if shared else ""} FROM "{table_of_class(name)}" t{join}')
            file, width = folder / f"{name}.ndjson", 0
            with file.open("w") as out:
                while rows := cursor.fetchmany(1000):
                    width = len(rows[0])
                    out.writelines(json.dumps(row, default=_text) + "\n" for row in rows)
            cursor.close()
            with file.open() as lines:
                _loaded(of, folder, name, width, map(json.loads, lines))
            file.unlink()
    return time.process_time() - begin


def _raw(of: Store) -> Any:
    """Return a connection of the driver alone."""
    if of.place.is_sqlite:
        import sqlite3

        return sqlite3.connect(str(of.place.path))
    import psycopg

    return psycopg.connect(of.place.url.render_as_string(hide_password=False).replace("+psycopg", ""))


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _loaded(of: Store, folder: Path, name: str, width: int, rows: Iterator[list[Any]]) -> None:
    columns = ", ".join(f"c{n}" for n in range(width))
    if of.place.is_sqlite:
        import sqlite3

        target = sqlite3.connect(folder / "raw.sqlite")
        target.execute(f'CREATE TABLE "{name}" ({columns})')
        target.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * width)})', rows)
        target.commit()
        target.close()
        return
    with _raw(of) as server:
        server.execute(f'CREATE TEMP TABLE "{name}" ({columns.replace(",", " text,")} text)')
        with server.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


def measured(parent: Store, child: Store, count: int, folder: Path) -> list[str]:
    """Measure on one pair of databases; say the ratios, and return what was missed."""
    estate, missed = Estate(), []
    ids, classes = fill(child, estate, count), sorted(estate.told(0).classes)
    link(parent, child, "rome", classes)
    say(f"{'SQLite' if child.place.is_sqlite else 'PostgreSQL'}, {count} computers, load {os.getloadavg()[0]:.1f}")
    bar = floor(child, classes, folder)
    first = ran(child)
    say(f"first: {first.records} records, {first.bytes:,} bytes, {first.cpu_s:.1f} s CPU, {first.wall_s:.0f} s; "
        f"floor {bar:.1f} s: {first.cpu_s / bar:.2f} times; {first.peak_mb:.0f} MB")  # fmt: skip
    if first.cpu_s > MOST_TIMES * bar:
        missed.append("first")
    quiet = ran(child)
    say(f"unchanged: {quiet.records} records, {quiet.bytes:,} bytes, {quiet.cpu_s:.3f} s CPU")
    if quiet.bytes > QUIET_BYTES:
        missed.append("unchanged")
    at: datetime = BEGIN + timedelta(days=1)
    peaks = [first.peak_mb, quiet.peak_mb]
    for share in (0.001, 0.01):
        changed = range(max(1, round(count * share)))
        at += timedelta(days=1)
        store(child, [(ids[n], estate.told(n + count * round(share * 1000), changed=True, at=at)) for n in changed])
        run = ran(child)
        part = len(changed) / count
        bytes_of, cpu_of = run.bytes / first.bytes / part, run.cpu_s / first.cpu_s / part
        beyond = (run.cpu_s - quiet.cpu_s) / first.cpu_s / part
        say(f"{share:.1%}: {run.records} records, {run.bytes:,} bytes ({bytes_of:.2f} of proportional), "
            f"{run.cpu_s:.3f} s CPU ({cpu_of:.2f}; beyond an unchanged run {beyond:.2f})")  # fmt: skip
        if run.bytes > MOST_SHARE * first.bytes * part + QUIET_BYTES:
            missed.append(f"{share:.1%} bytes")
        if run.cpu_s > MOST_SHARE * first.cpu_s * part + quiet.cpu_s:
            missed.append(f"{share:.1%} CPU")
        peaks.append(run.peak_mb)
    say(f"memory: {max(peaks):.0f} MB for both sides; load {os.getloadavg()[0]:.1f}")
    if max(peaks) > MEMORY_MB:
        missed.append("memory")
    return missed


def _measured_on(on: str, count: int, folder: Path) -> list[str]:
    names = ("rome", "head")
    places = [shared_server().create_database(n) for n in names] if on == "postgres" else [
        str(folder / f"{n}.sqlite") for n in names
    ]  # fmt: skip
    for place in places if on == "postgres" else ():
        migrate(place_of(place))
    child, parent = (_opened(place, folder / "state") for place in places)
    missed = measured(parent, child, count, folder)
    child.close()
    parent.close()
    return missed


def _opened(url: str, state: Path) -> Store:
    return open_store(place_of(url), clock=system_clock, actor=Actor("bench", "bench"), state_folder=state)


def main() -> int:
    """Measure, say the ratios, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--computers", type=int, default=1000)
    parser.add_argument("--one")
    parser.add_argument("--state", type=Path)
    parser.add_argument("--complete", action="store_true")
    parser.add_argument("--on", choices=("sqlite", "postgres", "both"), default="sqlite")
    asked = parser.parse_args()
    if asked.one:
        say(json.dumps(asdict(run_one(asked.one, asked.state, complete=asked.complete))))
        return 0
    missed = []
    for on in ("sqlite", "postgres"):
        if asked.on in {on, "both"}:
            with tempfile.TemporaryDirectory() as folder:
                missed += _measured_on(on, asked.computers, Path(folder))
    if missed:
        say(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
