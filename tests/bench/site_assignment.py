"""Sites of a whole estate (Must show 4), on SQLite: `python -m tests.bench.site_assignment [--turns N]`.

35,000 computers, 2,000 subnets three deep, 40 sites, 600 site servers. Measures, as medians of --turns:

- assigning every computer from nothing, against the raw driver's `executemany` of the same rows into an equal table;
  what is written for delta membership (`dirty`) is in the first figure, and in the second floor only;
- assigning again when nothing has changed; one computer's new address; one subnet given to another site;
- importing the 2,000 subnets in NetBox's columns while the computers are there;
- one answer of `server for`: everything is read anew for each (SITE-28).

CPU is that of this process. No ratio here has a bar in the issue; the run fails only where the rows are wrong.
"""

from __future__ import annotations

import argparse
import io
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.importing import ImportOptions, import_table
from itmsctl.sites.service.assignment import assign_all
from itmsctl.sites.service.checks import verify_assignment
from itmsctl.sites.service.choice import servers_for
from itmsctl.sites.service.importing import SubnetTable
from itmsctl.sites.service.server import SERVERS
from itmsctl.sites.service.site import SITES
from itmsctl.sites.service.subnet import SUBNETS
from itmsctl.values.times import system_clock
from tests.bench.estate import add_computers
from tests.bench.measure import say

SITE_COUNT = 40


def prefixes() -> list[tuple[str, str]]:
    """Return 2,000 subnets: 250 of /24, two /25 in each, four /26 in each, and 250 that hold nobody."""
    found = []
    for n in range(250):
        found.append((f"10.0.{n}.0/24", f"site-{n % SITE_COUNT:02}"))
        found += [(f"10.0.{n}.{half}/25", f"site-{n % SITE_COUNT:02}") for half in (0, 128)]
        found += [(f"10.0.{n}.{quarter}/26", f"site-{(n + 1) % SITE_COUNT:02}") for quarter in (0, 64, 128, 192)]
        found.append((f"172.16.{n}.0/24", ""))
    return found


def as_netbox(rows: list[tuple[str, str]]) -> bytes:
    """Return the subnets as NetBox writes them."""
    return "\n".join(["prefix,site,status", *(f"{cidr},{site},active" for cidr, site in rows)]).encode()


def cpu_of(work: Callable[[], Any]) -> tuple[float, float]:
    """Return the CPU and wall seconds of one call."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def forget(unit: UnitOfWork) -> None:
    """Take every computer out of every subnet."""
    for table in ("computer_site", "dirty"):
        unit.connection.execute(sa.text(f"DELETE FROM {table}"))


def floor_of(rows: list[tuple[Any, ...]], folder: Path, *, dirty: bool) -> float:
    """Return the CPU of the raw driver writing the same rows, in one transaction, into a table of the same shape."""
    path = folder / "floor.sqlite"
    path.unlink(missing_ok=True)
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute(
        "CREATE TABLE computer_site (computer_id INT, subnet_id INT, site_id INT, PRIMARY KEY (computer_id, subnet_id))"
    )
    raw.execute("CREATE INDEX a ON computer_site (site_id)")
    raw.execute("CREATE INDEX b ON computer_site (subnet_id)")
    raw.execute("CREATE TABLE dirty (seq INTEGER PRIMARY KEY AUTOINCREMENT, resource_id INT, class_name TEXT)")

    def write() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("INSERT INTO computer_site VALUES (?, ?, ?)", rows)
        if dirty:
            raw.executemany("INSERT INTO dirty (resource_id, class_name) VALUES (?, 'sites')", [(r[0],) for r in rows])
        raw.execute("COMMIT")

    cost, _ = cpu_of(write)
    raw.close()
    return cost


def build(store: Store, computers: int) -> tuple[float, float]:
    """Make the estate; return what the import of the subnets cost."""
    add_computers(store, computers)
    store.write(lambda unit: [SITES.add(unit, f"site-{n:02}", {}) for n in range(SITE_COUNT)])
    data = as_netbox(prefixes())
    cost = cpu_of(lambda: import_table(store, SubnetTable(ImportOptions()), io.BytesIO(data), say=lambda _: None))

    def servers(unit: UnitOfWork) -> None:
        for n in range(600):
            unit_fields = {"services": ["package"] if n % 2 else ["task", "package"], "constrained": n % 3 == 0}
            SERVERS.add(unit, f"pc-{n * (computers // 600):06}", unit_fields)

    store.write(servers)
    return cost


def medians(turns: int, work: Callable[[], Any], before: Callable[[], Any] = lambda: None) -> tuple[float, float]:
    """Return the medians of CPU and wall seconds."""
    found = []
    for _ in range(turns):
        before()
        found.append(cpu_of(work))
    return statistics.median(c for c, _ in found), statistics.median(w for _, w in found)


def measure(store: Store, folder: Path, computers: int, turns: int) -> bool:
    """Print every figure; return whether the rows are true."""
    cpu, wall = build(store, computers)
    say(f"import of 2,000 subnets, {computers} computers there: {cpu:.2f} s CPU, {wall:.2f} s")

    cpu, wall = medians(turns, lambda: store.write(assign_all), lambda: store.write(forget))
    with store.read() as reader:
        rows = [
            tuple(row)
            for row in reader.connection.execute(sa.text("SELECT computer_id, subnet_id, site_id FROM computer_site"))
        ]
        wrong = verify_assignment(reader)
    bare = statistics.median(floor_of(rows, folder, dirty=False) for _ in range(turns))
    full = statistics.median(floor_of(rows, folder, dirty=True) for _ in range(turns))
    say(
        f"assign all from nothing: {len(rows)} rows, {cpu:.3f} s CPU, {wall:.3f} s, "
        f"{cpu / computers * 1e6:.1f} us a computer; "
        f"raw executemany {bare:.3f} s: {cpu / bare:.2f}x; with the dirty rows {full:.3f} s: {cpu / full:.2f}x"
    )
    cpu, wall = medians(turns, lambda: store.write(assign_all))
    say(f"assign all, nothing changed: {cpu:.3f} s CPU, {wall:.3f} s")

    flip = iter(range(10_000))
    cpu, wall = medians(
        turns * 3,
        lambda: store.write(lambda u: COMPUTERS.set(u, "pc-000007", {"address": [f"10.0.{next(flip) % 250}.9"]})),
    )
    say(f"one computer's new address: {cpu * 1000:.1f} ms CPU, {wall * 1000:.1f} ms")
    cpu, wall = medians(
        turns * 3,
        lambda: store.write(lambda u: SUBNETS.set(u, "10.0.7.0/26", {"site": f"site-{next(flip) % SITE_COUNT:02}"})),
    )
    say(f"one subnet's new site: {cpu * 1000:.1f} ms CPU, {wall * 1000:.1f} ms")

    def ask() -> None:
        with store.read() as reader:
            assert servers_for(reader, "10.0.9.9", "package").selection.candidates

    cpu, wall = medians(turns * 5, ask)
    say(f"server for, 600 servers: {cpu * 1000:.1f} ms CPU, {wall * 1000:.1f} ms")
    with store.read() as reader:
        return not wrong and not verify_assignment(reader)


def main() -> int:
    """Run; answer 1 where the rows are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--computers", type=int, default=35_000)
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(
            place_of(str(folder / "cmdb.sqlite")),
            clock=system_clock,
            actor=Actor("bench", "bench"),
            state_folder=folder,
        )
        try:
            return 0 if measure(store, folder, asked.computers, asked.turns) else 1
        finally:
            store.close()


if __name__ == "__main__":
    sys.exit(main())
