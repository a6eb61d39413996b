"""Inventory of 300 SSH computers at once, beside a run of the same size that prints the same bytes (must-show 13).

    python -m tests.bench.inventory_fanout [--computers 300] [--concurrency 32] [--rounds 3] [--transport ssh] [--real]

Every computer is a loopback address of a real sshd. The gatherer is run once, here; each computer then answers with
what it said, by a small shell script in the place of python3, so that 300 gatherers do not share the processors with
the client that is measured. `--real` has each computer run the gatherer itself.

Measured in turns: a first inventory (every class whole), one of unchanged computers (every class the same), and runs of
one command that print as many bytes. Beside them stands what the raw driver takes on SQLite to store the rows of a
first inventory in full, with no history, digest or delta. Ends with 1 where a bar is missed: client CPU at most 2x that
of the run, peak memory under 300 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from examples.lab.ssh_endpoints import Lab
from itmsctl.inventory import portions
from itmsctl.inventory.request import HeldClass, request_of
from itmsctl.inventory.service import bundle
from itmsctl.inventory.told import Told
from itmsctl.values.times import system_clock
from tests.bench.fanout import Bench, login_user
from tests.bench.inventory_load import MEMORY_MB, raw_cpu
from tests.bench.measure import Cost, cost_of, median, say

TOKEN = "0" * 32
CPU = 2.0
_ANSWERS = r"""#!/bin/sh
token=$(tr "'" '\n' | sed -n 's/^{"protocol".*"token":"\([0-9a-f]*\)".*/\1/p')
case $1 in -I) ;; *) exit 1 ;; esac
head="{\"itms-inventory\":1,\"token\":\"$token\",\"system\":\"linux\"}"
{ echo "$head"; cat "@BODY@"; } >"/tmp/itmsbench.$$"
sum=$(sha256sum <"/tmp/itmsbench.$$")
cat "/tmp/itmsbench.$$"
echo "{\"lines\":$(($(wc -l <"/tmp/itmsbench.$$"))),\"sha256\":\"${sum%% *}\"}"
rm -f "/tmp/itmsbench.$$"
"""


class Inventories(Bench):
    """The computers, what they answer, and the two ways to read them."""

    def canned(self, place: Path) -> tuple[bytes, bytes]:
        """Have python3 of the computers answer what the gatherer says here; return that, first and once it is known."""
        whole = _gathered({})
        held = {}
        for line in map(json.loads, whole.splitlines()):
            if line.get("state") == "whole" and not line.get("more"):
                held[line["class"]] = HeldClass(line["digest"])
        same = _gathered(held)
        place.mkdir(mode=0o755)
        (place / "body").write_bytes(whole)
        script = place / "python3"
        script.write_text(_ANSWERS.replace("@BODY@", str(place / "body")))
        script.chmod(0o755)
        return whole, same

    def inventory(self, out: Path) -> Cost:
        """Inventory all computers with itmsctl."""
        words = ["inventory", "run", "--all", "--key", str(self.lab.key_file), "--transport", self.transport]
        words += ["--concurrency", str(self.concurrency), "-o", "ndjson"]
        return cost_of([*self.itmsctl, *words], env=self.env, out=out)

    def printing(self, content: Path) -> Cost:
        """Run a command that prints a file on all computers."""
        words = ["task", "run", "--command", f"cat {content}", "--all", "--key", str(self.lab.key_file)]
        words += ["--transport", self.transport, "--concurrency", str(self.concurrency), "-o", "ndjson"]
        return cost_of([*self.itmsctl, *words], env=self.env)


def _gathered(held: Mapping[str, HeldClass]) -> bytes:
    """Return the lines of classes that the gatherer answers here."""
    options = {"time_limit_s": 600, "brief": True}
    program = bundle.python_edition(request_of(TOKEN, portions.wanted((), ()), held, options))
    said = subprocess.run(["python3", "-I", "-"], input=program, capture_output=True, check=True).stdout
    return b"".join(said.splitlines(keepends=True)[1:-1])


def check(out: Path, count: int, word: str) -> None:
    """Refuse a figure that was bought with lost results."""
    lines = [json.loads(line) for line in out.read_text().splitlines() if line.startswith("{")]
    good = [line for line in lines if line.get("type") == "result" and line["state"] == "succeeded"]
    told = [line for line in good if word in line["message"]]
    if len(told) != count:
        raise SystemExit(f"{len(good)} succeeded and {len(told)} say `{word}`, of {count}: {lines[-1]}")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--computers", type=int, default=300)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--transport", default="ssh", help="ssh or openssh")
    parser.add_argument("--real", action="store_true", help="let every computer run the gatherer itself")
    options = parser.parse_args()
    subprocess.run([sys.executable, "-m", "compileall", "-q", Path(__file__).parents[2] / "itmsctl"], check=True)
    # As an installation has it: the program for computers is put together once and kept.
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    made = "from itmsctl.inventory.service.bundle import python_edition; python_edition({'classes': {}})"
    subprocess.run([sys.executable, "-c", made], check=True, env=plain)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name, login_user("itmsinventory") as user:
        folder = Path(name)
        folder.chmod(0o755)
        place = folder / "bin"
        path = [] if options.real else [f"SetEnv PATH={place}:/usr/local/bin:/usr/bin:/bin"]
        lab = Lab(options.computers, folder / "lab", options=path)
        try:
            lab.folder.chmod(0o755)
            lab.key_file.with_name("id_ed25519.pub").chmod(0o644)
            bench = Inventories(folder, lab, user, options.concurrency, options.transport)
            whole, same = bench.canned(place)
            bench.prepare()
            missed = report(bench, place, whole, same, options)
        finally:
            lab.stop()
    for one in missed:
        say(f"MISSED {one}")
    return 1 if missed else 0


def report(bench: Inventories, place: Path, whole: bytes, same: bytes, options: argparse.Namespace) -> list[str]:
    """Measure in turns, print the table, and return the bars that were missed."""
    count = len(bench.lab.hosts)
    figures: dict[str, list[Cost]] = {}
    for number in range(options.rounds):
        out = bench.folder / f"{number}.ndjson"
        for name, body, word in (("first", whole, "whole"), ("unchanged", same, "same")):
            (place / "body").write_bytes(body)
            (place / "content").write_bytes(body)
            figures.setdefault(f"a run that prints as much as {name}", []).append(bench.printing(place / "content"))
            if name == "first" and number:
                continue  # every computer is known by now
            figures.setdefault(name, []).append(bench.inventory(out))
            check(out, count, word)
    say(f"{count} computers, {bench.concurrency} at once, {bench.transport}, {bench.lab.engine}")
    missed = []
    for name, body in (("first", whole), ("unchanged", same)):
        base, cost = median(figures[f"a run that prints as much as {name}"]), median(figures[name])
        say(f"{name}: {len(body):,} bytes of each computer")
        for title, one in (("  a run that prints them", base), ("  inventory", cost)):
            say(
                f"{title:26} {one.wall_s:7.2f} s {1000 * one.cpu_s / count:8.2f} ms/computer {one.peak_mib:6.0f} MiB"
                f"   cpu x{one.cpu_s / base.cpu_s:5.2f}   exit {one.code}"
            )
        if cost.cpu_s > CPU * base.cpu_s:
            missed.append(f"{name}: {cost.cpu_s / base.cpu_s:.2f} times the CPU of the run (bar {CPU})")
        if cost.peak_mib * 1.048576 > MEMORY_MB:
            missed.append(f"{name}: {cost.peak_mib:.0f} MiB of memory (bar {MEMORY_MB} MB)")
    alike = Alike(whole)
    raw = 1000 * raw_cpu(bench.folder, alike, count) / count
    say(f"the raw driver alone, for the {alike.rows} rows of a first inventory: {raw:.2f} ms/computer")
    return missed


class Alike:
    """Tells of computers that all answer the same."""

    def __init__(self, answer: bytes) -> None:
        self.classes: dict[str, list[Any]] = {}
        for line in map(json.loads, answer.splitlines()):
            if line.get("state") == "whole":
                self.classes.setdefault(line["class"], []).extend(line["rows"])
        self.rows = sum(map(len, self.classes.values()))

    def batches(self, count: int, size: int) -> Iterator[list[tuple[int, Told]]]:
        """Yield the reports of so many computers, batch by batch."""
        told = Told("gatherer", system_clock(), self.classes)
        for begin in range(0, count, size):
            yield [(n, told) for n in range(begin, min(count, begin + size))]


if __name__ == "__main__":
    sys.exit(main())
