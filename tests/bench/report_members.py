"""A report over three files and one PostgreSQL against its slowest member, and against the report over their union.

    python -m tests.bench.report_members [--rows N] [--on-server N] [--turns N]

N tags (5,000,000 without) of made computers lie in four CMDBs, and all of them in a fifth; `--on-server` says how many
of them the PostgreSQL has, a quarter without. A report counts them by
their value, and another gives the thousand that come first; each is asked of every member alone, of all four at once,
and of the union, by `report run` in a process of its own. What four say, put together, must be what the union says.
Wall clock, medians. Exits with 1 where the answers differ, or four take 1.5 times as long as the slowest alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from itmsctl.cmdb import bulk
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.values.times import system_clock
from tests.bench.import_computers import databases
from tests.bench.measure import say

BAR = 1.5
COUNTED = "SELECT value, count(*) AS n FROM v_tag GROUP BY value ORDER BY value"
FIRST = "SELECT name, key, value FROM v_tag ORDER BY key DESC, name LIMIT 1000"
COMPUTERS_EACH = 50


def fill(url: str, parts: Sequence[int], rows: Sequence[int], folder: Path) -> None:
    """Write the computers and the tags of some parts of the estate, each of which has so many rows."""
    store = open_store(place_of(url), clock=system_clock, actor=Actor("bench", "bench"), state_folder=folder)
    try:
        for part in parts:
            store.write(partial(_tags, part=part, rows=rows[part]))
    finally:
        store.close()


def _tags(unit: UnitOfWork, part: int, rows: int) -> None:
    ids = [COMPUTERS.add(unit, f"c{part}-{n}", {}).doc.id for n in range(COMPUTERS_EACH)]
    each = rows // COMPUTERS_EACH
    for id_ in ids:
        tags = [(id_, f"k{part}-{n:07}", f"v{n % 97}") for n in range(each)]
        bulk.insert(unit.connection, "resource_tag", ("resource_id", "key", "value"), tags)


def run(sql: str, where: Sequence[str], home: Path) -> tuple[float, list[dict[str, str]]]:
    """Run a report; return the seconds that it took, and its rows."""
    argv = [sys.executable, "-m", "itmsctl", *where[:2], "report", "run", "--sql", sql, "-o", "csv", *where[2:]]
    env = os.environ | {"HOME": str(home)}
    begin = time.monotonic()
    done = subprocess.run([*argv, "--no-limit", "--time-limit", "5m"], env=env, check=True, stdout=subprocess.PIPE)
    return time.monotonic() - begin, list(csv.DictReader(done.stdout.decode().splitlines()))


def one(name: str, sql: str, members: Sequence[str], union: str, turns: int, home: Path) -> bool:
    """Measure one report and print it; return whether it is as it should be."""
    alone: list[list[float]] = [[] for _ in members]
    four: list[float] = []
    whole: list[float] = []
    same = True
    for _ in range(turns):
        for place, member in enumerate(members):
            alone[place].append(run(sql, ["--db", member], home)[0])
        took, found = run(sql, ["-q", "-q", "--cmdb", ",".join(members)], home)
        four.append(took)
        took, wanted = run(sql, ["--db", union], home)
        whole.append(took)
        same &= _put_together(name, found) == _put_together(name, wanted)
    slowest = max(map(statistics.median, alone))
    ratio = statistics.median(four) / slowest
    each = ", ".join(f"{statistics.median(times):.2f}" for times in alone)
    good = same and ratio <= BAR
    say(
        f"{name}: alone {each} s; all four {statistics.median(four):.2f} s: {ratio:.2f} times the slowest (bar {BAR});"
        f" their union {statistics.median(whole):.2f} s; {'equal' if same else 'DIFFERENT'}{'' if good else '  MISSED'}"
    )
    return good


def _put_together(name: str, rows: Sequence[dict[str, str]]) -> object:
    if name == "first":
        return [(row["name"], row["key"], row["value"]) for row in rows]
    total: Counter[str] = Counter()
    for row in rows:
        total[row["value"]] += int(row["n"])
    return json.dumps(total, sort_keys=True)


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--on-server", type=int, metavar="N", help="of these, how many on the PostgreSQL")
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    on_server = given.rows // 4 if given.on_server is None else given.on_server
    rows = [*[(given.rows - on_server) // 3] * 3, on_server]
    with (
        tempfile.TemporaryDirectory() as text,
        databases("sqlite", Path(text)) as make,
        databases("postgres", Path(text)) as make_on_server,
    ):
        folder = Path(text)
        members = [make(), make(), make(), make_on_server()]
        union = make()
        for part, member in enumerate(members):
            fill(member, [part], rows, folder / f"state{part}")
        fill(union, range(4), rows, folder / "state")
        say(f"{os.cpu_count()} processors; rows: {', '.join(map(str, rows))}")
        good = [
            one(name, sql, members, union, given.turns, folder)
            for name, sql in (("counted", COUNTED), ("first", FIRST))
        ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
