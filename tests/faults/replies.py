"""Computers beside ten good ones lie, in as many ways as are asked for; nobody else may suffer (A1, HE7, HE14).

    python -m tests.faults.replies [--replies N] [--liars N] [--engine ssh|openssh] [--db sqlite|postgres]

Each run is of ten good computers behind real sshds and of some whose replies are spoiled by `lying.py`, differently
each time: one, or as many liars as are asked for, each of which counts as a reply. Without options: 5,000 replies, a
quarter for each of both SSH engines on both databases. After every run the ten good ones must have ended true and
stored; every 25 runs the tick and `run reconcile` are called, which may never fail; at the end the database is checked,
and no more than 200 MB of memory may have been used. Ends with 0 where all holds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from examples.lab.ssh_endpoints import Lab
from itmsctl.cli.context import Context
from itmsctl.cli.main import main as command
from itmsctl.values.times import system_clock
from tests.conftest import Result, Stream
from tests.servers.postgres import PostgresServer, find_binaries
from tests.servers.ssh import NO_RC_FILES

GOOD = 10
MEMORY_MB = 200
# A run may end with what became of the liar; never with an internal error, a refusal of input, or a database fault.
FINE = frozenset({0, 4, 7, 8, 9, 10, 12})
STATES = frozenset({"succeeded", "failed", "timed_out", "unreachable", "unknown"})
LIAR = Path(__file__).with_name("lying.py")
PYTHON = "/usr/bin/python3"


@dataclass
class Scene:
    """Ten good computers and one that lies, in one CMDB."""

    folder: Path
    db: str
    engine: str
    key: Path
    liars: tuple[str, ...]
    states: Counter[str] = field(default_factory=Counter)

    def run(self, *argv: str) -> Result:
        """Run one command of itmsctl in this process."""
        out, err = Stream(), Stream()
        home = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("DATA", "STATE", "CONFIG", "CACHE")}
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "TZ": "UTC", **home}
        context = Context(list(argv), environment, Stream(), out, err, system_clock, time.sleep)
        code = command(["--db", self.db, *argv], context)
        return Result(code, out.getvalue(), err.getvalue())

    def ok(self, *argv: str) -> Result:
        """Run one that must end with 0."""
        result = self.run(*argv)
        assert result.code == 0, (argv, result)
        return result

    def record(self, good: Lab, bad: Lab) -> None:
        """Add the computers, and learn their host keys."""
        for number, host in enumerate(good.hosts):
            self.ok(
                "computer", "add", f"good{number}", "--address", host, "--port", str(good.port), "--user", good.user
            )
        for name, host in zip(self.liars, bad.hosts, strict=True):
            self.ok("computer", "add", name, "--address", host, "--port", str(bad.port), "--user", bad.user)
        self.ok("profile", "add", "lab", "--key", str(self.key), "--transport", self.engine)
        self.ok("task", "run", "--command", "true", "--where", "name like 'good%'", "--profile", "lab", "--accept-new")
        self.run("task", "run", "--command", "true", "--where", "name like 'liar%'", "--profile", "lab", "--accept-new")

    def once(self, number: int) -> None:
        """Run a command on all, each liar lying once; the good ones must have ended true, and be stored so."""
        said = f"fine {number}"
        done = self.run(
            "task", "run", "--command", f"echo {said}", "--all", "--profile", "lab", "--accept-new", "--timeout", "10s",
            "-o", "ndjson",
        )  # fmt: skip
        assert done.code in FINE, (number, done)
        told = [json.loads(line) for line in done.out.splitlines()]
        printed = {row["computer"]: row.get("stdout") for row in told if "computer" in row}
        name = next(row["run"] for row in told if "run" in row)
        rows = {row["computer"]: row for row in self.ok("run", "show", name, "-o", "json").json["results"]}
        for one in (f"good{n}" for n in range(GOOD)):
            found = (rows[one]["state"], rows[one]["exit_status"], printed[one])
            assert found == ("succeeded", 0, f"{said}\n"), (number, rows[one])
        for one in self.liars:
            assert rows[one]["state"] in STATES, (number, rows[one])
            self.states[rows[one]["state"] + " " + (rows[one]["reason"] or "")] += 1

    def look_after(self, number: int) -> None:
        """Call what works by itself: it gets past whatever the liar left."""
        for argv in (("schedule", "tick"), ("run", "reconcile", "--key", str(self.key), "--transport", self.engine)):
            done = self.run(*argv)
            assert done.code in FINE, (number, argv, done)


@contextmanager
def labs(folder: Path, liars: int) -> Iterator[tuple[Lab, Lab]]:
    """Start ten good SSH computers, and some whose replies are spoiled."""
    (folder / "seed").write_text("0")
    good = Lab(GOOD, folder / "good", engine="openssh", network=47, options=[NO_RC_FILES])
    try:
        lying = f"ForceCommand {PYTHON} {LIAR} {folder}"
        bad = Lab(liars, folder / "bad", engine="openssh", network=48, options=[NO_RC_FILES, lying])
        bad_keys = folder / "bad" / "id_ed25519.pub"
        bad_keys.write_text((folder / "good" / "id_ed25519.pub").read_text())
        try:
            yield good, bad
        finally:
            bad.stop()
    finally:
        good.stop()


def cluster() -> PostgresServer:
    """Start a PostgreSQL cluster of our own."""
    binaries = find_binaries()
    assert binaries is not None, "PostgreSQL is not installed"
    return PostgresServer(binaries)


def memory_mb() -> int:
    """Return the most memory that this program used; what its parent used before does not count (getrusage has it)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


def lie(scene: Scene, replies: int) -> None:
    """Have that many lies told, and look at what is left."""
    runs = -(-replies // len(scene.liars))
    for number in range(1, runs + 1):
        scene.once(number)
        if number % 25 == 0 or number == runs:
            scene.look_after(number)
    for argv in (("db", "check"), ("audit", "verify")):
        scene.ok(*argv)
    used = memory_mb()
    assert used < MEMORY_MB, f"{used} MB"


def main(argv: list[str]) -> int:
    """Do it all, or one quarter of it in this process; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=5000)
    parser.add_argument("--liars", type=int, default=1, metavar="N", help="so many lie in one run (1)")
    parser.add_argument("--engine", choices=("ssh", "openssh"))
    parser.add_argument("--db", choices=("sqlite", "postgres"))
    options = parser.parse_args(argv)
    if options.engine is None or options.db is None:
        quarter = str(options.replies // 4)
        pairs = [(e, d) for e in ("ssh", "openssh") for d in ("sqlite", "postgres")]
        base = [sys.executable, "-m", "tests.faults.replies", "--replies", quarter, "--liars", str(options.liars)]
        return max(subprocess.run([*base, "--engine", e, "--db", d], check=False).returncode for e, d in pairs)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="itms-replies-") as name:
        folder = Path(name)
        with labs(folder, options.liars) as (good, bad):
            server = cluster() if options.db == "postgres" else None
            try:
                if server is not None:
                    server.create_database("replies")
                db = str(folder / "cmdb.sqlite") if server is None else server.dsn("replies")
                liars = tuple(f"liar{number}" for number in range(options.liars))
                scene = Scene(folder, db, options.engine, good.key_file, liars)
                scene.record(good, bad)
                lie(scene, options.replies)
            finally:
                if server is not None:
                    server.stop()
    took, told = time.monotonic() - begin, scene.states.total()
    sys.stdout.write(f"{options.engine} {options.db}: {told} replies, {took:.0f} s, {memory_mb()} MB\n")
    for what, count in scene.states.most_common():
        sys.stdout.write(f"  {count:6} {what}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
