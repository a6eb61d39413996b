"""Agents pushed to computers at once, beside a bare copy and one command to each: `python -m tests.bench.agent_push`.

    python -m tests.bench.agent_push [--computers 30] [--rounds 3]

Needs root: each computer is a system in the likeness of this machine, with a network, an sshd and files of its own. In
turns, all computers at once: `scp` of the agent's file and `ssh` of its installation to each, and `agent push`. Wall
times, medians; starting itmsctl is part of its own. Then `agent uninstall`, and what lies in the files of each that was
not there before. Exits with 1 where a push takes more than 1.5 times as long as the bare one, or leaves a file that is
not of the run engine (Must show 7 of the agent).
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.measure import say
from tests.servers.debian import DebianSystem
from tests.servers.likenesses import like_this

LIMIT = 1.5
OF_THE_ENGINE = ("var/lib/itms/", "root/.ssh/", "var/log/", "run/")  # of runs and of logging in, not of the agent
_SSH = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
_TAKE_AWAY = "sh /var/lib/itms-agent/itms-agent uninstall --quiet; rm -f /root/bare"


class PushedAgents:
    """The computers, and the two ways to put an agent on them."""

    def __init__(self, folder: Path, systems: Mapping[str, DebianSystem]) -> None:
        self.folder, self.systems = folder, systems
        self.one = next(iter(systems.values()))
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("ITMSCTL_", "XDG_"))} | {
            "XDG_DATA_HOME": str(folder / "data"), "XDG_STATE_HOME": str(folder / "state"),
        }  # fmt: skip

    def itmsctl(self, *words: str) -> float:
        """Run a command of ours in the network of the computers; return how long it took. Raises RuntimeError."""
        begin = time.monotonic()
        argv = [*self.one.inside, sys.executable, "-m", "itmsctl", *words]
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return time.monotonic() - begin

    def prepare(self) -> None:
        """Record the computers, say where agents tell, and build one for the bare copy."""
        for name, system in self.systems.items():
            self.itmsctl("computer", "add", name, "--address", system.address, "--user", "root")
        self.itmsctl("agent-settings", "add", "usual", "--folder", str(self.folder / "p"), "--inbox", "/srv/inbox")
        self.itmsctl("agent", "build", "--out", str(self.folder / "agent"))
        self.itmsctl("task", "run", "--command", "true", "--all", "--key", str(self.one.key), "--accept-new")

    def act(self, verb: str) -> float:
        """Run a verb of `agent` on all; return how long it took."""
        return self.itmsctl("agent", verb, "--all", "--key", str(self.one.key), "-q")

    def bare(self) -> float:
        """Copy the file to all at once and run its installation; return how long it took."""
        return self._each(lambda system: f"{self._copy(system)} && {self._ssh(system, _INSTALL)}")

    def bare_away(self) -> None:
        """Take away what the bare way left."""
        self._each(lambda system: self._ssh(system, _TAKE_AWAY))

    def _copy(self, system: DebianSystem) -> str:
        return shlex.join(["scp", "-q", "-i", str(system.key), *_SSH, str(self.folder / "agent"),
                           f"root@{system.address}:/root/bare"])  # fmt: skip

    @staticmethod
    def _ssh(system: DebianSystem, line: str) -> str:
        return shlex.join(["ssh", "-i", str(system.key), *_SSH, f"root@{system.address}", line])

    def _each(self, line: Callable[[DebianSystem], str]) -> float:
        begin = time.monotonic()
        running = [
            subprocess.Popen([*self.one.inside, "sh", "-c", line(system)], stdout=subprocess.DEVNULL)
            for system in self.systems.values()
        ]
        if max(one.wait() for one in running):
            raise RuntimeError("a bare command failed")
        return time.monotonic() - begin

    def files(self) -> dict[str, set[str]]:
        """Return what was written on each computer: files, folders and links that this machine does not have so."""
        return {
            name: {
                str(path.relative_to(upper))
                for path in upper.rglob("*")
                if not (path.is_dir() and (Path("/") / path.relative_to(upper)).is_dir())
            }
            for name, upper in ((name, one.root.parent / "upper") for name, one in self.systems.items())
        }


_INSTALL = "sh /root/bare install --ask --timer cron"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and judge."""
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--computers", type=int, default=30)
    known.add_argument("--rounds", type=int, default=3)
    given = known.parse_args(argv)
    names = [f"pc-{number:02}" for number in range(given.computers)]
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory() as roots,
        like_this({"rome": names}, Path(roots)) as sites,
    ):
        bench = PushedAgents(Path(name), sites["rome"].systems)
        bench.prepare()
        before = bench.files()
        bare, pushed, gone = [], [], []
        for _ in range(given.rounds):
            bare.append(bench.bare())
            bench.bare_away()
            pushed.append(bench.act("push"))
            gone.append(bench.act("uninstall"))
        left = {path for there, files in bench.files().items() for path in files - before[there]}
    ratio = statistics.median(pushed) / statistics.median(bare)
    strange = sorted(path for path in left if not f"{path}/".startswith(OF_THE_ENGINE))
    say(f"{given.computers} computers, {given.rounds} rounds, wall, medians")
    say(f"  bare copy and command {statistics.median(bare):6.2f} s")
    say(f"  agent push            {statistics.median(pushed):6.2f} s  {ratio:.2f} x")
    say(f"  agent uninstall       {statistics.median(gone):6.2f} s")
    say(f"  files left: {len(left) - len(strange)} of the run engine, {len(strange)} others {strange[:5]}")
    return int(ratio > LIMIT or bool(strange))


if __name__ == "__main__":
    raise SystemExit(main())
