"""What it costs to judge windows and scopes by membership as it is now (issue 10).

    python -m tests.bench.protection [--computers 300] [--rounds 5] [--no-ssh] [postgresql://...]

First `task run` on SSH computers, by turns with the windows enabled and disabled: at most 10 % more CPU. Then how 300
computers stand in a small and in a large estate: it must not grow with the estate (bar: 1.5 times).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb import bulk
from itmsctl.cmdb.store import Store
from itmsctl.resources.service.write import RESOURCE_COLUMNS
from itmsctl.schedules.service.windows import WINDOWS, standings
from itmsctl.targeting.service.filters import FILTERS
from itmsctl.targeting.service.targets import TARGETS
from itmsctl.values.names import new_guid
from tests.bench.fanout import Bench, login_user
from tests.bench.measure import Cost, median, say
from tests.bench.stores import on_both

FEW, MANY, ASKED = 1_000, 35_000, 300
GROWTH, MORE = 1.5, 0.10
_WINDOWS = {"nights": ("maintenance", "lin"), "frozen": ("blockout", "aim"), "lab": ("blockout", "held")}


def declare(bench: Bench) -> None:
    """Add two blockouts that hold nobody, and a maintenance window that is always open."""
    for argv in (
        ["filter", "add", "held", "--where", "tags.frozen = 'yes'"],
        ["filter", "add", "lin", "--where", "name like 'pc-%'"],
        ["target", "add", "aim", "--filter", "held", "--filter", "lin"],
    ):
        subprocess.run([*bench.itmsctl, *argv], check=True, env=bench.env)
    for name, (kind, target) in _WINDOWS.items():
        words = ["--type", kind, "--daily", "00:00", "--duration", "24h", "--target", target]
        subprocess.run([*bench.itmsctl, "window", "add", name, *words], check=True, env=bench.env)


def turned(bench: Bench, word: str) -> Cost:
    """Run the command with the windows enabled or disabled."""
    for name in _WINDOWS:
        subprocess.run([*bench.itmsctl, "window", "set", name, word], check=True, env=bench.env, capture_output=True)
    cost = bench.task_run(bench.folder / "out.ndjson")
    if cost.code != 0:
        raise SystemExit((bench.folder / "out.ndjson").read_text()[-2000:])
    return cost


def share(computers: int, rounds: int) -> float:
    """Return how much more CPU a run takes with windows than without, as a share."""
    with tempfile.TemporaryDirectory() as name, login_user() as user:
        folder = Path(name)
        folder.chmod(0o755)
        lab = Lab(computers, folder / "lab")
        try:
            lab.folder.chmod(0o755)
            lab.key_file.with_name("id_ed25519.pub").chmod(0o644)
            bench = Bench(folder, lab, user, 32)
            bench.prepare()
            declare(bench)
            pairs = [(turned(bench, "--disabled"), turned(bench, "--enabled")) for _ in range(rounds)]
        finally:
            lab.stop()
    plain, guarded = median([a for a, _ in pairs]), median([b for _, b in pairs])
    more = statistics.median(b.cpu_s / a.cpu_s for a, b in pairs) - 1
    say(f"{computers} computers over ssh: {plain.cpu_s:.2f} s of CPU without windows, {guarded.cpu_s:.2f} s with; "
        f"{more:+.1%} (bar: {MORE:+.0%})")  # fmt: skip
    return more


def fill(store: Store, count: int) -> list[int]:
    """Add computers, half of them tagged; return the ids of those that are asked about."""

    def work(unit):  # type: ignore[no-untyped-def]
        ids = unit.next_ids(count)
        now = bulk.moment(unit.connection, unit.now)
        rows = [(i, "computer", new_guid(), f"c{i}", f"c{i}", 1, "o", 1, now, now) for i in ids]
        bulk.insert(unit.connection, "resource", RESOURCE_COLUMNS, rows)
        bulk.insert(unit.connection, "computer", ("id", "os_family"), [(i, "linux") for i in ids])
        bulk.insert(unit.connection, "resource_tag", ("resource_id", "key", "value"), [(i, "a", "b") for i in ids[::2]])
        return ids

    return list(store.write(work))[:ASKED]


def standing_s(store: Store, ids: list[int]) -> float:
    """Return the processor time in which some computers are judged: the median of the better half of many."""

    def once() -> float:
        begin = time.process_time()
        with store.read() as reader:
            assert not any(one.blocked for one in standings(reader, ids, reader.now).values())
        return time.process_time() - begin

    once()
    return statistics.median(sorted(once() for _ in range(30))[:15])


def growth(store: Store) -> float:
    """Return how much more it takes to judge as many computers in a large estate."""

    def windows(unit):  # type: ignore[no-untyped-def]
        FILTERS.add(unit, "held", {"where": "tags.frozen = 'yes'"})
        FILTERS.add(unit, "lin", {"where": "os_family = 'linux'"})
        TARGETS.add(unit, "aim", {"filters": ["held", "lin"]})
        for name, target in (("one", "held"), ("two", "aim")):
            fields = {"type": "blockout", "daily": "00:00", "duration_s": "24h", "targets": [target]}
            WINDOWS.add(unit, name, fields)

    store.write(windows)
    ids = fill(store, FEW)
    least = standing_s(store, ids)
    fill(store, MANY - FEW)
    most = standing_s(store, ids)
    say(f"{store.engine.dialect.name}: {ASKED} computers judged in {least * 1e3:.2f} ms among {FEW}, "
        f"{most * 1e3:.2f} ms among {MANY}: {most / least:.2f} times (bar: {GROWTH})")  # fmt: skip
    return most / least


def main() -> int:
    """Run the benchmark; 1 where a bar is not held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--computers", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-ssh", action="store_true", help="only the growth with the estate")
    parser.add_argument("urls", nargs="*", metavar="postgresql://...")
    options = parser.parse_args()
    good = all(growth(store) <= GROWTH for (store,) in on_both(options.urls, 1))
    if not options.no_ssh:
        good = share(options.computers, options.rounds) <= MORE and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
