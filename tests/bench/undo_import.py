"""How long an undone import takes, beside the import itself: `python -m tests.bench.undo_import [COUNT [URL]]`."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import heads
from itmsctl.cmdb.store import Store
from itmsctl.plans.service.undo import undo
from itmsctl.resources.service.importing import ImportOptions, import_table
from itmsctl.resources.service.tables import ComputerTable
from itmsctl.sites.service.site import SITES
from itmsctl.sites.service.subnet import SUBNETS
from itmsctl.targeting.service import update
from itmsctl.targeting.service.filters import FILTERS
from tests.bench.stores import on_both

COUNT = 35_000


def timed(what: str, act: Callable[[], Any]) -> None:
    """Run something and say what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    took, used = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"  {what:28} {took:7.1f} s, {used:6.1f} s of CPU here, {peak:5.0f} MiB at most so far\n")
    sys.stdout.flush()


def surroundings(unit: Any) -> None:
    SITES.add(unit, "rome", {})
    SUBNETS.add(unit, "10.0.0.0/8", {"site": "rome"})
    FILTERS.add(unit, "prod", {"where": "tags.env = 'prod'"})


def bench(store: Store, count: int, folder: Path) -> None:
    """Import, undo, and undo that."""
    path = folder / "computers.csv"
    lines = (f"pc{n:06},10.{n >> 16}.{n >> 8 & 255}.{n & 255},S{n},env=prod;n={n % 9}\n" for n in range(count))
    path.write_text("name,address,serial,tags\n" + "".join(lines))
    store.write(surroundings)
    timed("import", lambda: import_table(store, ComputerTable(ImportOptions()), path, say=lambda _text: None))
    imported = last_change(store)
    timed("membership update", lambda: store.write(update.delta))
    timed("undo (remove all)", lambda: store.write(lambda unit: undo(unit, imported)))
    undone = last_change(store)
    timed("undo the undo (bring back)", lambda: store.write(lambda unit: undo(unit, undone)))


def last_change(store: Store) -> str:
    """Return the number of the last change-set."""
    with store.read() as reader:
        return str(reader.scalar(sa.select(heads.c.seq)))


def main() -> None:
    """Measure on both engines."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as folder:
        for (store,) in on_both(sys.argv[2:], 1):
            sys.stdout.write(f"{'SQLite' if store.place.is_sqlite else 'PostgreSQL'}, {count} computers\n")
            bench(store, count, Path(folder))


if __name__ == "__main__":
    main()
